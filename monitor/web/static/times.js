// Times in the reader's own zone: the page says them in UTC, and the title goes on doing so.

const how = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export function localise(root) {
  for (const time of root.querySelectorAll("time.local")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) time.textContent = how.format(at);
    time.classList.remove("local");
  }
}

localise(document);
