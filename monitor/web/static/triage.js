// The queue by keyboard. Deciding and tagging are plain forms too; the rest stands on the incident's page.

import { assign, decide, merge, snooze, tag, undo } from "./acts.js";
import {
  choose, chooseNone, chooseTo, chosen, current, items, move, named, queue, say, select,
} from "./queue.js";
import { readOn } from "./pane.js";
import "./news.js";

const dialogs = Object.fromEntries([...document.querySelectorAll("dialog")].map((box) => [box.id, box]));
const switchBox = document.getElementById("keys-on");
const mayTriage = Boolean(queue.dataset.canTriage);

/** What a key is for: all that are chosen, else the one that is read. */
const targets = () => (chosen().length ? chosen() : [current()].filter(Boolean));

function ask(name, list, then) {
  const box = dialogs[name];
  const what = box.querySelector(".what");
  if (what) what.textContent = named(list);
  box.returnValue = "";
  box.onclose = () => {
    if (current()) current().focus({ preventScroll: true });
    if (box.returnValue) then(box.returnValue, Object.fromEntries(new FormData(box.querySelector("form"))));
  };
  box.showModal();
}

function ifAny(act) {
  return () => {
    const list = targets();
    return list.length ? act(list) : say("The queue is empty.");
  };
}

const openers = {
  reasons: ifAny((list) => ask("reasons", list, (reason) => decide(list, "dismissed", reason))),
  assign: ifAny((list) => ask("assign", list, (_, form) => assign(list, form))),
  snooze: ifAny((list) => ask("snooze", list, (given, { until }) => snooze(list, given === "yes" ? until : given))),
  merge: ifAny((list) => {
    if (list.length > 1) return merge(list.slice(1), list[0].dataset.id);
    return ask("merge", list, (_, { into }) => {
      const number = into.trim();
      if (!/^\d+$/.test(number)) return say(`“${number}” is no number of an incident: pick one of the list.`, true);
      return merge(list, number);
    });
  }),
};

function tagBox(list) {
  const input = list[list.length - 1].querySelector(".tag input[name=tag]");
  if (list.length > 1) select(list[list.length - 1]);
  input.focus();
}

function extend(step) {
  const shown = items();
  const to = shown[shown.indexOf(current()) + step];
  if (to) chooseTo(to);
}

const reading = {
  j: () => move(1),
  k: () => move(-1),
  o: () => current() && current().dataset.source && current().querySelector("[data-key=o]").click(),
  "/": () => document.getElementById("search").select(),
  " ": () => readOn(),
  Enter: () => document.activeElement === current() && current().querySelector("h2 a").click(),
};
const deciding = {
  r: ifAny((list) => decide(list, "relevant")),
  w: ifAny((list) => decide(list, "watching")),
  d: openers.reasons,
  t: ifAny(tagBox),
  a: openers.assign,
  h: openers.snooze,
  m: openers.merge,
  x: () => current() && choose(current()),
  J: () => extend(1),
  K: () => extend(-1),
  z: () => undo(),
  Escape: chooseNone,
  "?": () => dialogs.help.showModal(),
};
const keys = mayTriage ? { ...reading, ...deciding } : reading;

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  if (event.target.matches("input:not([type=checkbox]), textarea, select")) {
    if (event.key === "Escape" && current()) current().focus({ preventScroll: true });
    return;
  }
  if ((switchBox && !switchBox.checked) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (!Object.hasOwn(keys, event.key)) return;
  // A button or a link that has the focus is pressed, as everywhere.
  if ([" ", "Enter"].includes(event.key) && !event.target.matches(".item, body, .pane")) return;
  if (event.key === " " && event.shiftKey) return;
  event.preventDefault();
  keys[event.key]();
});

// In a dialog of buttons, a digit presses one.
for (const box of Object.values(dialogs)) {
  box.addEventListener("keydown", (event) => {
    if (event.target.matches("input, textarea, select")) return;
    const button = [...box.querySelectorAll("button")].find((one) => one.textContent.trim().startsWith(event.key));
    if (!button || !/^\d$/.test(event.key)) return;
    event.preventDefault();
    box.close(button.value);
  });
}

queue.addEventListener("submit", (event) => {
  event.preventDefault();
  const item = event.target.closest(".item");
  const list = chosen().includes(item) ? chosen() : [item];
  if (event.target.matches(".tag")) {
    const input = event.target.querySelector("input[name=tag]");
    void tag(list, input.value);
    input.value = "";
    return item.focus({ preventScroll: true });
  }
  const reason = event.target.querySelector("select[name=reason]");
  return decide(list, event.submitter.value, reason ? reason.value : "");
});

queue.addEventListener("click", (event) => {
  const item = event.target.closest(".item");
  if (!item) return;
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    select(item);
    openers[opener.dataset.dialog]();
  } else if (event.target.matches(".choose")) {
    if (event.shiftKey) chooseTo(item);
    else choose(item, event.target.checked);
  } else if (!event.target.closest("a, button, input, select")) {
    if (event.shiftKey && mayTriage) chooseTo(item);
    else select(item);
  }
});

if (mayTriage) {
  for (const hidden of queue.querySelectorAll(".choose, .more")) hidden.hidden = false;
  document.querySelector("#chosen button").addEventListener("click", chooseNone);
  switchBox.checked = localStorage.getItem("failwatch-keys") !== "off";
  switchBox.addEventListener("change", () => localStorage.setItem("failwatch-keys", switchBox.checked ? "on" : "off"));
  document.getElementById("keys-switch").hidden = false;
  const helpButton = document.getElementById("help-button");
  helpButton.hidden = false;
  helpButton.addEventListener("click", () => dialogs.help.showModal());
}
const said = sessionStorage.getItem("failwatch-said");
if (said) {
  sessionStorage.removeItem("failwatch-said");
  say(said);
}
select(document.getElementById(`i${queue.dataset.selected}`) || items()[0], { focus: true });
queue.dataset.ready = "yes";
