// The console works without this script. With it, pages show what happens while it happens, and nothing typed is lost.

import { sendForms } from "./forms.js";
import { live } from "./live.js";
import { keepTexts } from "./texts.js";

const TYPING_MS = 3_000;

// What only a script can do is shown where there is one.
document.documentElement.classList.add("scripted");
live();
keepTexts();
sendForms();
toEnd();

// A draft goes into the reply, at the end of what stands there.
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

for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());

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

/** The page stands at the last message; whoever has just replied goes on writing. */
function toEnd() {
  const log = document.getElementById("log");
  if (!log) return;
  log.scrollTop = log.scrollHeight;
  const said = location.hash ? document.getElementById(location.hash.slice(1)) : null;
  if (!said) return;
  document.getElementById("text")?.focus({ preventScroll: true });
  log.lastElementChild.scrollIntoView({ block: "nearest" });
}
