// The incident beside the queue. The next ones are fetched before they are asked for.

import { items, onSelect } from "./queue.js";

const AHEAD = 2;
const pane = document.getElementById("pane");
const wide = matchMedia("(min-width: 70rem)");
const held = new Map(); // number of an incident: {version, text}
let shown = null;

function load(item) {
  const { id, version } = item.dataset;
  const known = held.get(id);
  if (known && known.version === version) return known.text;
  const text = fetch(`/-/triage/${id}/pane`, { credentials: "same-origin" }).then((answer) => {
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return answer.text();
  });
  text.catch(() => held.delete(id));
  held.set(id, { version, text });
  return text;
}

async function show(item) {
  shown = item;
  if (!wide.matches) return;
  pane.hidden = !item;
  if (!item) return;
  let text;
  try {
    text = await load(item);
  } catch {
    text = null;
  }
  if (shown !== item) return;
  // The server escapes every word of a post; this is its page in parts.
  if (text === null) pane.textContent = "It cannot be shown now: the connection is lost, or your session has ended.";
  else pane.innerHTML = text;
  pane.dataset.id = item.dataset.id;
  pane.scrollTop = 0;
  const at = items().indexOf(item);
  for (const next of items().slice(at + 1, at + 1 + AHEAD)) load(next);
}

export function readOn(back = false) {
  pane.scrollBy({ top: (back ? -0.8 : 0.8) * pane.clientHeight });
}

onSelect(show);
wide.addEventListener("change", () => show(shown));
