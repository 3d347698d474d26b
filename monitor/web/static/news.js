// What others change while the page is open: told within seconds, never taking away what is being read.

import { byId, comeBack, current, fits, leave, queue, say, setOwner, setState, setVersion, titleOf } from "./queue.js";

const fresh = document.getElementById("fresh");
const waiting = new Set();
let seen = queue.dataset.seen;
let source = null;

function tell(one) {
  const item = byId(one.id);
  const isHere = !one.merged_into && fits(one) && !(one.snoozed_until && one.snoozed_until > new Date().toISOString());
  if (!item) {
    if (isHere && one.severity >= Number(queue.dataset.severity)) waiting.add(one.id);
    else waiting.delete(one.id);
    return;
  }
  if (one.version <= Number(item.dataset.version)) return;
  setVersion(item, one.version);
  setState(item, one.status);
  setOwner(item, one.owner, one.due_on);
  if (one.actor === queue.dataset.me) return;
  const became = one.merged_into ? `merged into ${one.merged_into}` : one.status;
  if (isHere) {
    comeBack(item);
  } else if (item === current()) {
    item.classList.add("left");
    item.querySelector(".state").textContent = ` · ${became} by ${one.actor}`;
    say(`${one.actor} was faster: “${titleOf(item)}” is ${became}.`);
  } else if (!item.hidden) {
    leave(item);
    say(`${one.actor}: “${titleOf(item)}” is ${became}.`);
  }
}

function show() {
  fresh.hidden = !waiting.size;
  fresh.firstElementChild.textContent = waiting.size === 1 ? "Show 1 more incident" : `Show ${waiting.size} more incidents`;
}

function listen() {
  if (source || document.hidden) return;
  source = new EventSource(`/-/triage/news?seen=${seen}`);
  source.addEventListener("open", () => { queue.dataset.listening = "yes"; });
  source.addEventListener("incidents", (event) => {
    seen = event.lastEventId;
    const told = JSON.parse(event.data);
    for (const one of told.incidents) tell(one);
    show();
    if (told.is_cut) say("Much has changed meanwhile: load the page again.");
  });
}

// A browser keeps six connections a site: a page that nobody looks at must not hold one.
document.addEventListener("visibilitychange", () => {
  if (document.hidden && source) {
    source.close();
    source = null;
  }
  listen();
});
listen();
