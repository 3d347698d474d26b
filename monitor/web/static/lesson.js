// Words marked in a post go into the box for its words. Without this script they are copied by hand.
const box = document.querySelector("#facts > form [data-quote]");
const choice = document.querySelector("#facts > form [data-quote-from]");
const current = document.querySelector(".step-list [aria-current]");
if (current) current.scrollIntoView({ block: "nearest", inline: "center" });
if (box && choice) {
  document.addEventListener("selectionchange", () => {
    const marked = document.getSelection();
    const text = marked ? marked.toString().trim() : "";
    const inside = marked && marked.anchorNode && marked.anchorNode.parentElement;
    const post = inside && inside.closest("[data-post]");
    const whole = marked && marked.focusNode && marked.focusNode.parentElement && marked.focusNode.parentElement.closest("[data-post]");
    if (!text || !post || post !== whole || !inside.closest(".source")) return;
    box.value = text;
    choice.value = post.dataset.post;
  });
}
