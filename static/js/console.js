// What scripts add to the console: typed text survives a closed tab, and a press of a button joins two versions.
// Drafts stay in this tab (sessionStorage): they may hold names that nobody else must see.

const fieldsOf = (form) => [...form.elements].filter((one) =>
  one.name && one.type !== "hidden" && one.type !== "file" && one.type !== "submit" && one.type !== "button");

const valueOf = (one) => (one.type === "radio" || one.type === "checkbox" ? one.checked : one.value);

const valuesOf = (form) => fieldsOf(form).map(valueOf);

function put(form, values) {
  fieldsOf(form).forEach((one, index) => {
    if (one.type === "radio" || one.type === "checkbox") one.checked = values[index];
    else one.value = values[index];
  });
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

function offer(form, key, kept) {
  const box = document.createElement("div");
  box.className = "warn restore";
  box.setAttribute("role", "status");
  const said = document.createElement("p");
  said.textContent = document.body.dataset.kept;
  const take = document.createElement("button");
  const drop = document.createElement("button");
  take.type = drop.type = "button";
  take.className = drop.className = "btn btn-sm btn-outline";
  take.textContent = document.body.dataset.putBack;
  drop.textContent = document.body.dataset.forget;
  take.addEventListener("click", () => { put(form, kept); box.remove(); });
  drop.addEventListener("click", () => { sessionStorage.removeItem(key); box.remove(); });
  box.append(said, take, drop);
  form.before(box);
}

for (const form of document.querySelectorAll("form[data-draft]")) {
  const key = `draft:${form.dataset.draft}`;
  const opened = JSON.stringify(valuesOf(form));
  const kept = sessionStorage.getItem(key);
  const refused = document.getElementById("faults") !== null;
  if (kept && kept !== opened && !refused) {
    const values = JSON.parse(kept);
    if (values.length === valuesOf(form).length) offer(form, key, values);
  }
  let sent = false;
  form.addEventListener("input", () => sessionStorage.setItem(key, JSON.stringify(valuesOf(form))));
  form.addEventListener("submit", () => { sent = true; sessionStorage.setItem("draft-sent", key); });
  window.addEventListener("beforeunload", (event) => {
    if (!sent && JSON.stringify(valuesOf(form)) !== opened) event.preventDefault();
  });
}

// A form that was sent and did not come back was saved: its draft has served.
const sent = sessionStorage.getItem("draft-sent");
if (sent) {
  const back = [...document.querySelectorAll("form[data-draft]")].some((form) => `draft:${form.dataset.draft}` === sent);
  if (!back && document.querySelector(".said")) sessionStorage.removeItem(sent);
  sessionStorage.removeItem("draft-sent");
}

for (const button of document.querySelectorAll("[data-take]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const into = document.getElementById(button.dataset.into);
    into.value = document.getElementById(button.dataset.take).textContent;
    into.dispatchEvent(new Event("input", { bubbles: true }));
    into.focus();
  });
}

// A day is spelled out beside its field: 3/4 is not the same day everywhere.
const spelled = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" });
for (const field of document.querySelectorAll("input[type=date]")) {
  const label = document.querySelector(`label[for="${field.id}"]`);
  const day = document.createElement("span");
  day.className = "spelled";
  label?.append(day);
  const spell = () => { day.textContent = field.valueAsDate ? spelled.format(field.valueAsDate) : ""; };
  field.addEventListener("input", spell);
  spell();
}
