// Posts by keyboard: moving, searching, opening. Everything here is also a link or a plain form.

const queue = document.getElementById("queue");
const help = document.getElementById("help");
const switchBox = document.getElementById("keys-on");
const search = document.getElementById("q");

const items = () => (queue ? [...queue.querySelectorAll(".item")] : []);
const current = () => queue?.querySelector(".item[aria-current]");

function select(item, focus = true) {
  for (const other of items()) {
    other.removeAttribute("aria-current");
    other.tabIndex = -1;
  }
  if (!item) return;
  item.setAttribute("aria-current", "true");
  item.tabIndex = 0;
  if (!focus) return;
  item.focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest" });
}

function move(step) {
  const all = items();
  if (all.length) select(all[Math.min(Math.max(all.indexOf(current()) + step, 0), all.length - 1)]);
}

const press = (item, key) => item?.querySelector(`[data-key="${key}"]`)?.click();

const keys = {
  j: () => move(1),
  k: () => move(-1),
  "/": () => search.select(),
  o: (item) => press(item, "o"),
  m: (item) => press(item, "m"),
  a: (item) => item?.querySelector("input[name=incident]")?.focus(),
  "?": () => help.showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.matches("input")) {
    (event.target.closest(".item") || current() || items()[0])?.focus();
    return;
  }
  if (!switchBox.checked || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input:not([type=checkbox], [type=radio]), select") || document.querySelector("dialog[open]")) return;
  if (event.key === "Enter" && event.target.matches(".item")) return press(event.target, "Enter");
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act(current());
});

queue?.addEventListener("click", (event) => {
  const item = event.target.closest(".item");
  if (item && !event.target.closest("a, button, input")) select(item);
});

switchBox.checked = localStorage.getItem("failwatch-keys") !== "off";
switchBox.addEventListener("change", () => localStorage.setItem("failwatch-keys", switchBox.checked ? "on" : "off"));
document.getElementById("keys-switch").hidden = false;
const helpButton = document.getElementById("help-button");
helpButton.hidden = false;
helpButton.addEventListener("click", () => help.showModal());
select(items()[0], false);
if (queue) queue.dataset.ready = "yes";
