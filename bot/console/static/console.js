// The console works without this script. With it, pages show what happens while it happens, and nothing typed is lost.

import { keepTexts } from "./texts.js";
import { live } from "./live.js";

const TYPING_MS = 3_000;

live();
keepTexts();
toEnd();

// A draft goes into the reply, at the end of what stands there.
for (const button of document.querySelectorAll("[data-insert]")) button.hidden = false;
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  const field = document.getElementById(button.dataset.into);
  const draft = document.getElementById(button.dataset.insert);
  if (!field || !draft) return;
  field.value = [field.value.trim(), draft.textContent].filter(Boolean).join("\n\n");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// The citizen sees that an officer types.
let typedAt = 0;
document.addEventListener("input", ({ target }) => {
  const address = target.dataset?.typing;
  if (!address || Date.now() - typedAt < TYPING_MS) return;
  typedAt = Date.now();
  const headers = { "X-Form-Token": document.body.dataset.formToken };
  fetch(address, { method: "POST", headers }).catch(() => {}); // a hint, no message: nothing is lost with it
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  if (event.target.matches("textarea")) event.target.form?.requestSubmit();
});

// A form that is sent is sent once.
document.addEventListener("submit", ({ target }) => {
  setTimeout(() => target.querySelectorAll("button").forEach((button) => (button.disabled = true)), 0);
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form button")) button.disabled = false;
});

function toEnd() {
  const log = document.getElementById("log");
  if (log) log.scrollTop = log.scrollHeight;
}
