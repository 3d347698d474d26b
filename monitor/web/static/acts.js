// Changes of incidents: shown at once, sent one after the other, rolled back where the server says no.

import {
  after, byId, chooseNone, comeBack, current, fits, leave, named, say, select, setOwner, setState, setVersion, titleOf,
} from "./queue.js";

const API = "/-/api/incidents/";
const done = []; // what `z` takes back: the changes of one key press together
let line = Promise.resolve(); // one press after the other: a second decision knows the first one's version

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

function inTurn(work) {
  line = line.then(work, work);
  return line;
}

/** Do `act` to each of `targets`. `goes`: they leave the queue; `said`: what became of them. */
export function perform(act, targets, body, { goes = false, said, each = () => {} }) {
  const words = named(targets);
  if (goes) {
    const next = targets.includes(current()) ? after(targets) : current();
    for (const item of targets) leave(item);
    select(next);
  }
  chooseNone();
  return inTurn(async () => {
    const changes = [];
    const failed = [];
    let reason = "";
    for (const item of targets) {
      try {
        const found = await send(`${API}${item.dataset.id}/${act}`, { ...body, version: item.dataset.version });
        setVersion(item, found.version);
        each(item, found);
        if (found.change) changes.push({ change: found.change, item });
      } catch (error) {
        failed.push(item);
        reason = error.message;
      }
    }
    if (changes.length) done.push(changes);
    if (!failed.length) return say(`${said}: ${words}. z undoes.`);
    for (const item of failed) if (goes) comeBack(item);
    select(failed[0]);
    const rest = changes.length ? ` The other ${changes.length} went through.` : "";
    return say(`${reason} ${named(failed)} ${failed.length === 1 ? "stands" : "stand"} as before.${rest}`, true);
  });
}

export function decide(targets, status, reason = "") {
  return perform("decide", targets, { status, reason }, {
    goes: !fits({ status }),
    said: reason ? `${status} (${reason})` : status,
    each: (item) => setState(item, status),
  });
}

export function assign(targets, { owner, due, handover }) {
  return perform("assign", targets, { owner, due, handover }, {
    goes: !fits({ status: document.getElementById("queue").dataset.status, owner }),
    said: owner ? `given to ${owner}` : "nobody's now",
    each: (item, found) => setOwner(item, owner, found.due_on),
  });
}

export function snooze(targets, until) {
  return perform("snooze", targets, { until }, { goes: true, said: "snoozed" });
}

export function tag(targets, name) {
  return perform("tag", targets, { tag: name }, {
    said: "tagged",
    each: (item, found) => {
      const list = item.querySelector(".tags");
      if ([...list.children].some((chip) => chip.textContent === found.tag)) return;
      const chip = document.createElement("li");
      chip.textContent = found.tag;
      list.append(chip);
    },
  });
}

/** Merge `targets` into the incident numbered `into`, which may stand elsewhere. */
export function merge(targets, into) {
  const goal = byId(into);
  if (goal && targets.includes(current())) select(goal);
  return perform("merge", targets, { into: Number(into) }, {
    goes: true,
    said: goal ? `merged into “${titleOf(goal)}”` : `merged into ${into}`,
  }).then(() => goal && refresh(goal));
}

async function refresh(item) {
  const answer = await fetch(`${API}${item.dataset.id}`, { credentials: "same-origin" }).catch(() => null);
  if (answer && answer.ok) setVersion(item, (await answer.json()).incident.version);
}

/** Take the last press back; on a page that was just opened, one's last change of the day. */
export function undo() {
  return inTurn(async () => {
    const press = done.pop();
    try {
      if (!press) return await undoEarlier();
      let words = "";
      for (const { change, item } of press.reverse()) {
        const found = await send(`/-/api/changes/${change}/undo`, {});
        words = found.words;
        restored(item, found);
      }
      select(press[press.length - 1].item);
      return say(press.length === 1 ? `Taken back: ${words}.` : `Taken back: ${press.length} changes.`);
    } catch (error) {
      return say(error.message, true);
    }
  });
}

function restored(item, { version, status }) {
  setVersion(item, version);
  setState(item, status);
  comeBack(item);
  void refresh(item);
}

async function undoEarlier() {
  const found = await send("/-/api/undo", {});
  const item = found.incident && byId(found.incident);
  if (item) {
    restored(item, found);
    select(item);
    return say(`Taken back: ${found.words}.`);
  }
  const here = new URL(location.href);
  if (found.incident) here.searchParams.set("sel", found.incident);
  sessionStorage.setItem("failwatch-said", `Taken back: ${found.words}.`);
  return location.assign(here);
}
