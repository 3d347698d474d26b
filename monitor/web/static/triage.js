// The queue by keyboard: optimistic, with roll-back. Everything here is also a plain form.

const queue = document.getElementById("queue");
const live = document.getElementById("live");
const total = document.getElementById("total");
const reasons = document.getElementById("reasons");
const help = document.getElementById("help");
const switchBox = document.getElementById("keys-on");
const undoable = [];

const items = () => [...queue.querySelectorAll(".item:not([hidden])")];
const current = () => queue.querySelector(".item[aria-current]:not([hidden])");

function say(text, bad = false) {
  live.textContent = text;
  live.classList.toggle("bad", bad);
}

function select(item, { focus = true } = {}) {
  for (const other of queue.querySelectorAll(".item[aria-current]")) {
    other.removeAttribute("aria-current");
    other.tabIndex = -1;
  }
  if (!item) return;
  item.setAttribute("aria-current", "true");
  item.tabIndex = 0;
  if (focus) item.focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest" });
  const here = new URL(location.href);
  here.searchParams.set("sel", item.dataset.id);
  history.replaceState(null, "", here);
}

function move(step) {
  const all = items();
  if (!all.length) return;
  const at = all.indexOf(current());
  select(all[Math.min(Math.max(at + step, 0), all.length - 1)]);
}

function recount(change) {
  const left = Math.max(0, Number(total.dataset.total) + change);
  total.dataset.total = left;
  total.textContent = `${left.toLocaleString("en")} ${left === 1 ? "incident" : "incidents"}`;
}

async function send(path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error("No connection: nothing was saved. Try again.");
  }
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(found.error || `The server refused (${answer.status}).`);
  return found;
}

async function decide(item, status, reason = "") {
  const all = items();
  const next = all[all.indexOf(item) + 1] || all[all.indexOf(item) - 1];
  const title = item.querySelector("h2").textContent.trim();
  item.hidden = true;
  recount(-1);
  select(next);
  try {
    const { version } = await send(`/-/triage/${item.dataset.id}/decide`, {
      status, reason, version: item.dataset.version,
    });
    setVersion(item, version);
    undoable.push(item);
    say(`${status}: ${title}. z undoes.`);
  } catch (error) {
    item.hidden = false;
    recount(1);
    select(item);
    say(`${error.message} “${title}” is back in the queue.`, true);
  }
}

function setVersion(item, version) {
  item.dataset.version = version;
  for (const input of item.querySelectorAll("input[name=version]")) input.value = version;
}

async function undo() {
  const item = undoable.pop();
  if (!item) return say("Nothing to undo on this page.");
  try {
    const { version, status } = await send(`/-/triage/${item.dataset.id}/undo`, { version: item.dataset.version });
    setVersion(item, version);
    item.hidden = false;
    recount(1);
    select(item);
    say(`Undone: it is ${status} again.`);
  } catch (error) {
    say(error.message, true);
  }
}

function dismiss(item) {
  reasons.returnValue = "";
  reasons.onclose = () => {
    item.focus({ preventScroll: true });
    if (reasons.returnValue) decide(item, "dismissed", reasons.returnValue);
  };
  reasons.showModal();
}

reasons.addEventListener("keydown", (event) => {
  const button = reasons.querySelectorAll(".reasons button")[Number(event.key) - 1];
  if (button) {
    event.preventDefault();
    reasons.close(button.value);
  }
});

async function tag(item, form) {
  const input = form.querySelector("input[name=tag]");
  try {
    const { tag: name } = await send(`/-/triage/${item.dataset.id}/tag`, { tag: input.value });
    const list = item.querySelector(".tags");
    if (![...list.children].some((chip) => chip.textContent === name)) {
      const chip = document.createElement("li");
      chip.textContent = name;
      list.append(chip);
    }
    input.value = "";
    say(`Tagged: ${name}.`);
    item.focus({ preventScroll: true });
  } catch (error) {
    say(error.message, true);
  }
}

queue.addEventListener("submit", (event) => {
  const item = event.target.closest(".item");
  const button = event.submitter;
  event.preventDefault();
  if (event.target.matches(".tag")) return tag(item, event.target);
  const reason = event.target.querySelector("select[name=reason]");
  decide(item, button.value, reason ? reason.value : "");
});

queue.addEventListener("click", (event) => {
  const item = event.target.closest(".item");
  if (item && !event.target.closest("a, button, input, select")) select(item);
});

const keys = {
  j: () => move(1),
  k: () => move(-1),
  r: (item) => item && decide(item, "relevant"),
  w: (item) => item && decide(item, "watching"),
  d: (item) => item && dismiss(item),
  t: (item) => item && item.querySelector(".tag input[name=tag]").focus(),
  o: (item) => item && item.dataset.source && item.querySelector("[data-key=o]").click(),
  z: () => undo(),
  "?": () => help.showModal(),
  Enter: (item) => item && document.activeElement === item && item.querySelector("h2 a").click(),
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.matches("input, textarea, select")) {
    const item = event.target.closest(".item");
    if (item) item.focus({ preventScroll: true });
    return;
  }
  if (!switchBox.checked || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input:not([type=checkbox]), textarea, select") || document.querySelector("dialog[open]")) return;
  const act = keys[event.key];
  if (!act) return;
  if (event.key === "Enter" && !event.target.matches(".item")) return;
  event.preventDefault();
  act(current());
});

switchBox.checked = localStorage.getItem("failwatch-keys") !== "off";
switchBox.addEventListener("change", () => localStorage.setItem("failwatch-keys", switchBox.checked ? "on" : "off"));
document.getElementById("keys-switch").hidden = false;
const helpButton = document.getElementById("help-button");
helpButton.hidden = false;
helpButton.addEventListener("click", () => help.showModal());
const wanted = document.getElementById(`i${queue.dataset.selected}`);
select(wanted || items()[0], { focus: true });
queue.dataset.ready = "yes";
