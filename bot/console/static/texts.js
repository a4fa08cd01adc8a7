// What was typed and not sent is kept in this browser's tab, and put back when the page comes again.

const PREFIX = "guichet.text.";
const TICKED = ["checkbox", "radio"];

export function keepTexts() {
  for (const form of document.querySelectorAll("form[data-kept]")) {
    const key = PREFIX + form.dataset.kept;
    const fields = () => [...form.elements].filter((field) => field.name && !["hidden", "password", "submit"].includes(field.type));
    putBack(form, key, fields());
    form.addEventListener("input", () => {
      const values = fields().map((field) => [field.name, TICKED.includes(field.type) ? field.checked : field.value]);
      sessionStorage.setItem(key, JSON.stringify(values));
    });
    // The desk shows what it could not take; what it took is not typed again.
    form.addEventListener("submit", () => sessionStorage.setItem(`${key}.sent`, "1"));
  }
}

function putBack(form, key, fields) {
  const sent = sessionStorage.getItem(`${key}.sent`);
  sessionStorage.removeItem(`${key}.sent`);
  const kept = sessionStorage.getItem(key);
  if (!kept) return;
  const taken = sent && !form.querySelector(".problem");
  if (taken) {
    sessionStorage.removeItem(key);
    return;
  }
  JSON.parse(kept).forEach(([name, value], place) => {
    const field = fields[place];
    if (!field || field.name !== name) return;
    if (TICKED.includes(field.type)) field.checked = value;
    else if (!field.value || form.querySelector(".problem")) field.value = value;
  });
}
