// The page of an incident by keyboard. Every key presses a button or goes to a box that is there anyway.

const root = document.querySelector(".incident");
const live = document.getElementById("live");
const help = document.getElementById("help");
const switchBox = document.getElementById("keys-on");
const posts = [...root.querySelectorAll(".post")];

const current = () => root.querySelector(".post[aria-current]");

function say(text) {
  live.textContent = text;
}

function select(post) {
  if (!post) return;
  for (const other of posts) {
    other.removeAttribute("aria-current");
    other.tabIndex = -1;
  }
  post.setAttribute("aria-current", "true");
  post.tabIndex = 0;
  post.focus({ preventScroll: true });
  post.scrollIntoView({ block: "nearest" });
}

function move(step) {
  const at = posts.indexOf(current());
  select(posts[at < 0 ? 0 : Math.min(Math.max(at + step, 0), posts.length - 1)]);
}

function choose() {
  const post = current();
  const box = post && post.querySelector("input[name=posts]");
  if (!box) return say(posts.length > 1 ? "Go to a post first: j." : "It has one post only.");
  box.checked = !box.checked;
  const count = root.querySelectorAll("input[name=posts]:checked").length;
  say(`${count} of ${posts.length} posts chosen. s makes them an incident of their own.`);
}

function split() {
  const form = document.getElementById("split");
  if (!form) return say("It has one post only: nothing to split.");
  const count = root.querySelectorAll("input[name=posts]:checked").length;
  if (!count) return say("Choose posts first: j, then x.");
  form.requestSubmit();
}

function elsewhere() {
  const box = current() && current().querySelector(".move");
  if (!box) return say(posts.length > 1 ? "Go to a post first: j." : "It has one post only: merge the incident, m.");
  box.open = true;
  box.querySelector("input[name=to]").focus();
}

function focusOn(key) {
  const field = root.querySelector(`[data-focus=${key}]`);
  if (!field) return;
  field.focus();
  if (field.select) field.select();
}

const press = (key) => {
  const button = root.querySelector(`[data-key=${key}]`);
  if (button) button.click();
};

const keys = {
  j: () => move(1),
  k: () => move(-1),
  x: choose,
  s: split,
  v: elsewhere,
  r: () => press("r"),
  w: () => press("w"),
  z: () => document.getElementById("undo-last").requestSubmit(),
  "?": () => help.showModal(),
};
for (const key of "mdtnah") keys[key] = () => focusOn(key);

document.addEventListener("keydown", (event) => {
  if (!switchBox) return;
  if (event.key === "Escape" && event.target.matches("input, textarea, select")) {
    event.target.blur();
    select(current());
    return;
  }
  if (!switchBox.checked || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input:not([type=checkbox]), textarea, select") || document.querySelector("dialog[open]")) return;
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// A form is sent once, however often its button is pressed.
root.addEventListener("submit", (event) => {
  if (event.target.method === "dialog") return;
  if (event.target.dataset.sent) return event.preventDefault();
  event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of root.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

if (switchBox) {
  switchBox.checked = localStorage.getItem("failwatch-keys") !== "off";
  switchBox.addEventListener("change", () => localStorage.setItem("failwatch-keys", switchBox.checked ? "on" : "off"));
  document.getElementById("keys-switch").hidden = false;
  const helpButton = document.getElementById("help-button");
  helpButton.hidden = false;
  helpButton.addEventListener("click", () => help.showModal());
}
const fault = document.getElementById("fault");
if (fault) fault.focus();
root.dataset.ready = "yes";
