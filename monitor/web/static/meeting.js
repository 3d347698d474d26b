// The timer of a meeting, and arrow keys between questions. Without this script the minutes stand there.
const page = document.querySelector(".meeting");
const shown = document.getElementById("timer");
const run = document.getElementById("run");
const reset = document.getElementById("reset");
const whole = Number(page.dataset.minutes) * 60;
let left = whole, started = 0, ticking = 0;
const now = () => (started ? left - Math.floor((Date.now() - started) / 1000) : left);
const show = () => {
  const seconds = now(), size = Math.abs(seconds);
  shown.textContent = `${seconds < 0 ? "−" : ""}${Math.floor(size / 60)}:${String(size % 60).padStart(2, "0")}`;
  page.querySelector(".timer").classList.toggle("over", seconds < 0);
};
const stop = () => { left = now(); started = 0; clearInterval(ticking); run.textContent = "Start"; show(); };
run.addEventListener("click", () => {
  if (started) return stop();
  started = Date.now(); run.textContent = "Pause"; ticking = setInterval(show, 250);
});
reset.addEventListener("click", () => { stop(); left = whole; show(); });
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const way = { ArrowLeft: "before", ArrowRight: "after" }[event.key];
  if (way) document.getElementById(way)?.click();
});
run.hidden = reset.hidden = false;
show();
