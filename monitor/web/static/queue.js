// What the queue on the page is: its items, which one is read, which are chosen, how many there are.

export const queue = document.getElementById("queue");
const live = document.getElementById("live");
const total = document.getElementById("total");
const chosenBar = document.getElementById("chosen");

export const all = () => [...queue.querySelectorAll(".item")];
export const items = () => [...queue.querySelectorAll(".item:not([hidden])")];
export const current = () => queue.querySelector(".item[aria-current]:not([hidden])");
export const chosen = () => [...queue.querySelectorAll(".item.picked:not([hidden])")];
export const byId = (id) => document.getElementById(`i${id}`);
export const titleOf = (item) => item.querySelector("h2").textContent.trim();
export const named = (list) => (list.length === 1 ? `“${titleOf(list[0])}”` : `${list.length} incidents`);

const watchers = [];

/** Call `watcher(item)` whenever another item is read; null when none is left. */
export function onSelect(watcher) {
  watchers.push(watcher);
}

export function say(text, bad = false) {
  live.textContent = text;
  live.classList.toggle("bad", bad);
}

export function select(item, { focus = true } = {}) {
  for (const other of queue.querySelectorAll(".item[aria-current]")) {
    if (other === item) continue;
    other.removeAttribute("aria-current");
    other.tabIndex = -1;
    // What a colleague decided stays in sight while it is read, and no longer.
    if (other.classList.contains("left")) other.hidden = true;
  }
  if (item) {
    item.setAttribute("aria-current", "true");
    item.tabIndex = 0;
    if (focus) item.focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest" });
    const here = new URL(location.href);
    here.searchParams.set("sel", item.dataset.id);
    history.replaceState(null, "", here);
  }
  for (const watcher of watchers) watcher(item || null);
}

/** The item that is read once `leaving` are gone: the next one, or the one before. */
export function after(leaving) {
  const shown = items();
  const at = Math.max(...leaving.map((item) => shown.indexOf(item)));
  const stays = (item) => !leaving.includes(item);
  return shown.slice(at + 1).find(stays) || shown.slice(0, at).reverse().find(stays);
}

export function move(step) {
  const shown = items();
  if (!shown.length) return;
  const at = shown.indexOf(current());
  select(shown[Math.min(Math.max(at + step, 0), shown.length - 1)]);
}

export function choose(item, yes = !item.classList.contains("picked")) {
  item.classList.toggle("picked", yes);
  item.querySelector(".choose").checked = yes;
  const count = chosen().length;
  chosenBar.hidden = !count;
  chosenBar.firstElementChild.textContent = `${count} chosen: what you do is done to all of them.`;
}

export function chooseTo(item) {
  const shown = items();
  const [from, to] = [shown.indexOf(current()), shown.indexOf(item)].sort((a, b) => a - b);
  for (const one of shown.slice(Math.max(from, 0), to + 1)) choose(one, true);
  select(item);
}

export function chooseNone() {
  for (const item of chosen()) choose(item, false);
}

export function recount(change) {
  const left = Math.max(0, Number(total.dataset.total) + change);
  total.dataset.total = left;
  total.textContent = `${left.toLocaleString("en")} ${left === 1 ? "incident" : "incidents"}`;
}

export function leave(item) {
  if (item.hidden) return;
  choose(item, false);
  item.hidden = true;
  recount(-1);
}

export function comeBack(item) {
  item.classList.remove("left");
  if (!item.hidden) return;
  item.hidden = false;
  recount(1);
}

export function setVersion(item, version) {
  item.dataset.version = version;
  for (const input of item.querySelectorAll("input[name=version]")) input.value = version;
}

export function setState(item, status) {
  item.querySelector(".state").textContent = status === "new" ? "" : ` · ${status}`;
}

export function setOwner(item, owner, due) {
  item.querySelector(".owner").textContent = owner ? ` · ${owner}${due ? `, due ${due}` : ""}` : "";
}

/** Whether an incident of this state belongs into the queue as it is filtered. */
export function fits({ status, owner = null }) {
  const wanted = queue.dataset;
  if (wanted.status && wanted.status !== status) return false;
  if (owner === null || !wanted.owner) return true;
  return wanted.owner === "-" ? owner === "" : wanted.owner === owner;
}
