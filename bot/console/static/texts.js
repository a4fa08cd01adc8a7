// What was typed and not sent is kept in this browser's tab, and put back when its page comes again: also after the
// end of a session. It belongs to one officer, is erased when it was sent, when they log out, and when another officer
// logs in, and goes with the tab: nothing of it stays on a computer that others use, nor on the server.

const PREFIX = "guichet.text.";
const WRITTEN = ["textarea", "text", "email", "search"]; // not a day or a choice, which a form may come with
const TICKED = ["checkbox", "radio"];
const tabs = new BroadcastChannel("guichet.logout");

export function keepTexts() {
  if (!document.body.dataset.officer) return;
  forgetOthers();
  document.addEventListener("input", ({ target }) => {
    const name = nameOf(target.form);
    if (!name) return;
    const values = fields(target.form).map((field) => [
      field.name,
      TICKED.includes(field.type) ? field.checked : field.value,
      WRITTEN.includes(field.type),
    ]);
    sessionStorage.setItem(key(name), JSON.stringify(values));
  });
  tabs.addEventListener("message", () => {
    erase(() => true);
    location.assign("/console/login");
  });
  document.addEventListener("click", (event) => {
    const block = event.target.closest(".unsent");
    if (event.target.closest("[data-copy]")) copy(block);
    if (event.target.closest("[data-drop]")) {
      sessionStorage.removeItem(key(block.dataset.of));
      block.remove();
    }
  });
  settle();
}

/** Put what is kept into the forms that are there; where a form has gone, show it beside, to be copied. */
export function settle() {
  for (const form of document.querySelectorAll("form")) if (nameOf(form)) putBack(form);
  for (const place of document.querySelectorAll("[data-keeps]")) {
    const name = place.dataset.keeps;
    const shown = document.querySelector(`.unsent[data-of="${name}"]`);
    const text = place.querySelector(`form[action="${name}"]`) ? "" : written(name);
    if (!text) shown?.remove();
    else if (!shown) show(place, name, text);
  }
}

/** Somebody was writing in a form that is no longer there: the focus goes to what they wrote. */
export function followText(name) {
  document.querySelector(`.unsent[data-of="${name}"] textarea`)?.focus();
}

/** A form was taken: what was written in it is kept no longer. */
export function forget(form) {
  if (nameOf(form)) sessionStorage.removeItem(key(nameOf(form)));
}

/** Somebody logs out: nothing is kept, in any tab. */
export function forgetAll() {
  erase(() => true);
  tabs.postMessage("over");
}

function forgetOthers() {
  const own = key("");
  erase((name) => !name.startsWith(own));
}

function erase(which) {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(PREFIX) && which(name)) sessionStorage.removeItem(name);
}

/** What a form's texts are kept under; nothing for a form that asks only, or asks for what nobody may keep. */
function nameOf(form) {
  if (form?.getAttribute("method") !== "post" || form.querySelector("[type=password], [autocomplete=one-time-code]")) return null;
  return form.dataset.kept ?? form.getAttribute("action");
}

function key(name) {
  return `${PREFIX}${document.body.dataset.officer}.${name}`;
}

function fields(form) {
  return [...form.elements].filter((field) => field.name && !["hidden", "password", "submit"].includes(field.type));
}

function kept(name) {
  return JSON.parse(sessionStorage.getItem(key(name)) ?? "[]");
}

function written(name) {
  return kept(name).filter(([, value, words]) => words && value.trim()).map(([, value]) => value).join("\n\n");
}

function putBack(form) {
  let changed = false;
  const all = fields(form);
  kept(nameOf(form)).forEach(([name, value], place) => {
    const field = all[place];
    if (!field || field.name !== name) return;
    if (TICKED.includes(field.type)) field.checked = value;
    else if (!field.value && value) {
      field.value = value;
      changed = true;
    }
  });
  if (!changed || form.querySelector(".put-back")) return;
  const note = document.createElement("p");
  note.className = "hint put-back";
  note.setAttribute("role", "status");
  note.textContent = document.body.dataset.unsent;
  form.prepend(note);
  form.addEventListener("input", () => note.remove(), { once: true });
}

function show(place, name, text) {
  const block = document.getElementById("kept-text").content.firstElementChild.cloneNode(true);
  block.dataset.of = name;
  block.querySelector("textarea").value = text;
  place.after(block);
}

async function copy(block) {
  const field = block.querySelector("textarea");
  field.select();
  if (navigator.clipboard) await navigator.clipboard.writeText(field.value);
  else document.execCommand("copy"); // where the console is not served by HTTPS
  block.querySelector("[data-copied]").hidden = false;
}
