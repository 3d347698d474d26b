// The workbench as somebody types: read the query back, try it, pick examples. Without this script
// the same form does the same by its buttons.

const form = document.getElementById("bench");
const query = document.getElementById("query");
const said = document.getElementById("said");
const saidLive = document.getElementById("said-live");
const proof = document.getElementById("proof");
const busy = document.getElementById("busy");
const results = document.getElementById("results");
const sides = { match: document.getElementById("match"), no_match: document.getElementById("no_match") };
const PAUSE = 300;
let timer = 0;
let underWay = null;
let turn = 0;

async function send(path, extra, signal) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...Object.fromEntries(new FormData(form)), ...extra }),
      signal,
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("No connection: try again.");
  }
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(found.error || `The server refused (${answer.status}).`);
  return found;
}

function say(place, text, bad = false) {
  if (place.textContent !== text) place.textContent = text;
  place.classList.toggle("bad", bad);
}

function offerPlaces() {
  for (const hidden of said.querySelectorAll(".script-only")) hidden.hidden = false;
}

// Read the query back; an answer to an older wording is dropped.
async function check() {
  clearTimeout(timer);
  if (underWay) underWay.abort();
  underWay = new AbortController();
  try {
    const found = await send("/-/rules/workbench/check", {}, underWay.signal);
    said.innerHTML = found.said; // made and escaped by our own templates
    proof.innerHTML = found.proof;
    if (found.ok) query.removeAttribute("aria-invalid");
    else query.setAttribute("aria-invalid", "true");
    say(saidLive, found.message, !found.ok);
    offerPlaces();
  } catch (error) {
    if (error.name !== "AbortError") say(saidLive, error.message, true);
  }
}

async function attempt(goto) {
  const mine = ++turn;
  check();
  results.setAttribute("aria-busy", "true");
  say(busy, "Looking through the stored posts …");
  try {
    const found = await send("/-/rules/workbench", { goto });
    if (mine !== turn) return;
    if (found.ok) {
      results.innerHTML = found.html;
      showPicks();
      say(busy, "");
      const title = document.getElementById("found-title");
      title.focus({ preventScroll: true });
      title.scrollIntoView({ block: "nearest" });
    } else {
      say(busy, found.error ? "The query cannot be tried: see what is wrong above." : "Write a query first.", true);
    }
  } catch (error) {
    say(busy, error.message, true);
  } finally {
    if (mine === turn) results.removeAttribute("aria-busy");
  }
}

const linesOf = (area) => area.value.split("\n").map((line) => line.trim()).filter(Boolean);
const folded = (text) => text.split(/\s+/).filter(Boolean).join(" ");

function showPicks() {
  for (const button of results.querySelectorAll("[name=pick]")) {
    const side = button.value.split(":")[0];
    button.setAttribute("aria-pressed", linesOf(sides[side]).includes(folded(button.dataset.title)));
  }
}

// A title is an example of one side at most; a second click takes it back.
function pick(button) {
  const side = button.value.split(":")[0];
  const title = folded(button.dataset.title);
  const was = linesOf(sides[side]).includes(title);
  for (const area of Object.values(sides)) area.value = linesOf(area).filter((line) => line !== title).join("\n");
  if (!was) sides[side].value = [...linesOf(sides[side]), title].join("\n");
  showPicks();
  say(busy, was ? `No longer an example: ${title}` : `Example to ${side === "match" ? "find" : "leave alone"}: ${title}`);
  changed();
  check();
}

function changed() {
  form.dataset.dirty = "yes";
}

form.addEventListener("input", (event) => {
  changed();
  if (event.target === query || event.target === sides.match || event.target === sides.no_match || event.target.name === "languages") {
    clearTimeout(timer);
    timer = setTimeout(check, PAUSE);
  }
  if (event.target === sides.match || event.target === sides.no_match) showPicks();
  if (event.target === query && results.querySelector("#found")) say(busy, "The posts below are those of the query before your last change.");
});

form.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button && button.hasAttribute("formaction")) {
    form.dataset.dirty = "";
    return;
  }
  event.preventDefault();
  if (button && button.name === "pick") return pick(button);
  if (button && button.value === "check") return check();
  attempt(button && button.name === "goto" ? button.value : "all:1");
});

said.addEventListener("click", (event) => {
  const button = event.target.closest("[data-offset]");
  if (!button) return;
  // Places are counted in characters as the server counts them, not in halves of them.
  const at = [...query.value].slice(0, Number(button.dataset.offset)).join("").length;
  query.focus();
  query.setSelectionRange(at, at + 1);
});

query.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    attempt("all:1");
  }
});

window.addEventListener("beforeunload", (event) => {
  if (form.dataset.dirty) event.preventDefault();
});

offerPlaces();
showPicks();
form.dataset.ready = "yes";
