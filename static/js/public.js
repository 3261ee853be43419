// Adds to public pages; each works without it. Times in the reader's own zone, sharing, copying.

const language = document.documentElement.lang || "en";

for (const time of document.querySelectorAll("time[data-local]")) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) continue;
  time.title = time.textContent;
  time.textContent = new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, {
    day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short", calendar: "gregory",
    ...(language === "ar" ? { numberingSystem: "latn" } : {}),
  }).format(at);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.done;
  });
}

for (const button of document.querySelectorAll("[data-share]")) {
  if (!navigator.share) continue;
  button.hidden = false;
  const { shareTitle: title, shareUrl: url } = button.parentElement.dataset;
  button.addEventListener("click", () => navigator.share({ title, url }).catch(() => {}));
}

const languages = document.querySelector("details.languages");
languages?.addEventListener("keydown", (event) => {
  if (event.key === "Escape") { languages.open = false; languages.querySelector("summary").focus(); }
});

document.getElementById("faults")?.focus();
