// Where the citizen writes.

import { button, el, icon } from "./dom.js";

const NEAR = 200; // characters before the limit at which the count shows
const VISIBLE = /[^\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** The form: a field, its button, and "talk to a person". `onSay(text)`, `onType()`, `onPerson()`. */
export class Composer {
  #words;
  #maxChars;
  #field;
  #note;
  #person;
  #talking;
  #onSay;
  #onType;

  constructor({ words, maxChars, onSay, onType, onPerson }) {
    this.#words = words;
    this.#maxChars = maxChars;
    this.#onSay = onSay;
    this.#onType = onType;
    this.#field = el("textarea", {
      id: "field",
      rows: "1",
      "aria-describedby": "note",
      "data-name": "field",
      enterkeyhint: "send",
      input: () => (this.#typed(), this.#onType()),
      keydown: (event) => this.#key(event),
    });
    this.#note = el("p", { id: "note", class: "note" });
    this.#person = button(
      { class: "person", click: onPerson, "data-name": "person" },
      icon("person"),
      words.say("person"),
    );
    this.#talking = el("p", { class: "person", hidden: true });
    const submit = (event) => {
      event.preventDefault();
      this.#submit();
    };
    this.form = el(
      "form",
      { class: "composer", submit, novalidate: true },
      el("label", { for: "field", class: "unseen" }, words.say("label")),
      el(
        "div",
        { class: "row" },
        this.#field,
        el(
          "button",
          { type: "submit", class: "send", "data-name": "send" },
          el("span", { class: "unseen" }, words.say("send")),
          icon("send"),
        ),
      ),
      this.#note,
      this.#person,
      this.#talking,
    );
  }

  get draft() {
    return this.#field.value;
  }

  set draft(text) {
    this.#field.value = text;
    this.#typed();
  }

  focus() {
    this.#field.focus();
  }

  /** Whom one writes to: who has a person, or waits for one, need not ask for one. */
  show({ held_by: owner, officer }) {
    const words = this.#words;
    const here = owner === "officer";
    this.#person.hidden = here || owner === "queue";
    this.#talking.hidden = !here;
    const talking = officer ? words.say("talking", { name: officer }) : words.say("talking_unnamed");
    this.#talking.replaceChildren(icon("person"), talking);
    const placeholder = here && officer ? words.say("placeholder_officer", { name: officer }) : words.say("placeholder");
    this.#field.setAttribute("placeholder", placeholder);
  }

  /** Fit the field to what stands in it, up to the height that the style allows. */
  fit() {
    this.#field.style.height = "auto";
    this.#field.style.height = `${this.#field.scrollHeight + 2}px`;
  }

  /** How many characters may still be written, counted as the desk counts them. */
  get #left() {
    return this.#maxChars - [...this.draft].length;
  }

  #typed() {
    this.fit();
    const left = this.#left;
    if (left < 0) this.#complain(this.#words.say("too_long", { count: -left }));
    else this.#say(left <= NEAR ? this.#words.say("left", { count: left }) : "");
  }

  #key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit();
  }

  #submit() {
    const said = this.draft; // as it was written: the desk keeps it letter for letter
    const seen = VISIBLE.test(said);
    if (!seen) this.#complain(this.#words.say("empty"));
    if (seen && this.#left >= 0) {
      this.draft = "";
      this.#onSay(said);
    }
    this.focus();
  }

  #say(text) {
    this.#note.textContent = text;
    this.#note.classList.remove("error");
    this.#field.removeAttribute("aria-invalid");
    this.#note.removeAttribute("role");
  }

  #complain(text) {
    this.#note.setAttribute("role", "alert");
    if (this.#note.textContent !== text) this.#note.textContent = text;
    this.#note.classList.add("error");
    this.#field.setAttribute("aria-invalid", "true");
  }
}
