// The recall audit by keyboard: optimistic, with roll-back. Everything here is also a plain form.

const queue = document.getElementById("queue");
const live = document.getElementById("live");
const total = document.getElementById("total");
const said = document.getElementById("said");
const help = document.getElementById("help");
const switchBox = document.getElementById("keys-on");
const undoable = [];

const items = () => [...queue.querySelectorAll(".item:not([hidden])")];
const current = () => queue.querySelector(".item[aria-current]:not([hidden])");

function say(text, bad = false) {
  live.textContent = text;
  live.classList.toggle("bad", bad);
}

function select(item) {
  for (const other of queue.querySelectorAll(".item[aria-current]")) {
    other.removeAttribute("aria-current");
    other.tabIndex = -1;
  }
  if (!item) return;
  item.setAttribute("aria-current", "true");
  item.tabIndex = 0;
  item.focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest" });
}

function move(step) {
  const all = items();
  if (all.length) select(all[Math.min(Math.max(all.indexOf(current()) + step, 0), all.length - 1)]);
}

function recount(change) {
  const left = Math.max(0, Number(total.dataset.total) + change);
  total.dataset.total = left;
  total.textContent = `${left.toLocaleString("en")} ${left === 1 ? "post waits" : "posts wait"}`;
}

async function send(item, what, body) {
  let answer;
  try {
    answer = await fetch(`/-/recall/${item.dataset.id}/${what}`, {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ version: item.dataset.version, ...body }),
    });
  } catch {
    throw new Error("No connection: nothing was saved. Try again.");
  }
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(found.error || `The server refused (${answer.status}).`);
  item.dataset.version = found.version;
  item.querySelector("input[name=version]").value = found.version;
  said.replaceChildren(...found.said.map((line) => {
    const entry = document.createElement("li");
    entry.textContent = line;
    return entry;
  }));
}

async function decide(item, answer) {
  const all = items();
  const next = all[all.indexOf(item) + 1] || all[all.indexOf(item) - 1];
  const title = item.querySelector("h2").textContent.trim();
  item.hidden = true;
  recount(-1);
  select(next);
  try {
    await send(item, "answer", { answer });
    undoable.push(item);
    say(`${answer}: ${title}. z undoes.`);
  } catch (error) {
    item.hidden = false;
    recount(1);
    select(item);
    say(`${error.message} “${title}” waits again.`, true);
  }
}

async function undo() {
  const item = undoable.pop();
  if (!item) return say("Nothing to undo on this page.");
  try {
    await send(item, "undo", {});
    item.hidden = false;
    recount(1);
    select(item);
    say("Undone: it waits again.");
  } catch (error) {
    say(error.message, true);
  }
}

queue.addEventListener("submit", (event) => {
  event.preventDefault();
  decide(event.target.closest(".item"), event.submitter.value);
});

queue.addEventListener("click", (event) => {
  const item = event.target.closest(".item");
  if (item && !event.target.closest("a, button, summary")) select(item);
});

const keys = {
  j: () => move(1),
  k: () => move(-1),
  y: (item) => item && decide(item, "relevant"),
  n: (item) => item && decide(item, "not"),
  u: (item) => item && decide(item, "cannot tell"),
  o: (item) => item?.querySelector("[data-key=o]")?.click(),
  z: () => undo(),
  "?": () => help.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (!switchBox.checked || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input:not([type=checkbox])") || document.querySelector("dialog[open]")) return;
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act(current());
});

switchBox.checked = localStorage.getItem("failwatch-keys") !== "off";
switchBox.addEventListener("change", () => localStorage.setItem("failwatch-keys", switchBox.checked ? "on" : "off"));
document.getElementById("keys-switch").hidden = false;
const helpButton = document.getElementById("help-button");
helpButton.hidden = false;
helpButton.addEventListener("click", () => help.showModal());
select(items()[0]);
queue.dataset.ready = "yes";
