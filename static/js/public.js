// Adds to public pages; each works without it. Times in the reader's own zone, sharing, copying.

const language = document.documentElement.lang || "en";

// As alerts/core/dates.py writes them, which pages without scripts show.
const tag = { en: "en-GB", fa: "fa-u-ca-gregory", ar: "ar-u-nu-latn" }[language] || language;
const gregorian = new Intl.DateTimeFormat(tag, { dateStyle: "long" });
const solarHijri = new Intl.DateTimeFormat("fa-u-ca-persian", { dateStyle: "long" });
const day = (at) => language === "fa" ? `${solarHijri.format(at)} (${gregorian.format(at)})` : gregorian.format(at);
const clock = new Intl.DateTimeFormat(tag, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const comma = ["ar", "fa"].includes(language) ? "، " : ", ";
function offset(at) {
  const minutes = -at.getTimezoneOffset();
  if (!minutes) return "UTC";
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const figure = (number, least = 1) => new Intl.NumberFormat(tag, { minimumIntegerDigits: least }).format(number);
  return `\u2066UTC${minutes > 0 ? "+" : "\u2212"}${figure(hours)}${rest ? `:${figure(rest, 2)}` : ""}\u2069`;
}

for (const time of document.querySelectorAll("time[data-local]")) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) continue;
  time.title = time.textContent;
  time.textContent = `${day(at)}${comma}${clock.format(at)}\u00a0${offset(at)}`;
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
