// The head of the panel: who answers, the other language, what else may be done, and the way out.

import { button, el, icon } from "./dom.js";

/** `acts`: what the items of the menu do, by the name of their words. `bar` and `menu` go into the panel. */
export class Head {
  bar;
  menu;
  #words;
  #title;
  #button;

  constructor({ words, acts, onLanguage, onClose }) {
    this.#words = words;
    const other = words.language === "fr" ? "en" : "fr";
    this.#title = el("h2", { id: "title" });
    this.#button = button(
      {
        class: "bare",
        "aria-label": words.say("menu"),
        "aria-expanded": "false",
        "aria-controls": "menu",
        "data-name": "menu",
        click: () => this.toggle(),
      },
      icon("menu"),
    );
    this.bar = el(
      "div",
      { class: "head" },
      el("div", { class: "title" }, this.#title, el("p", {}, words.say("organization"))),
      button(
        { class: "bare", lang: other, "data-name": "language", click: () => onLanguage(other) },
        words.say("other_language"),
      ),
      this.#button,
      button(
        { class: "bare", "aria-label": words.say("close"), "data-name": "close", click: onClose },
        icon("close"),
      ),
    );
    const item = (key) =>
      button({ "data-name": key, click: () => (this.toggle(false), acts[key]()) }, words.say(key));
    this.menu = el(
      "div",
      { id: "menu", class: "menu", hidden: true },
      item("restart"),
      item("transcript"),
      item("my_data"),
      item("forget"),
    );
    this.show({ held_by: "bot" });
  }

  /** Who answers now. */
  show({ held_by: owner, officer }) {
    const words = this.#words;
    const title = owner === "officer" ? (officer ?? words.say("officer_unnamed")) : words.say("title");
    if (this.#title.textContent !== title) this.#title.textContent = title;
  }

  /** Open the menu, or close it; the other of both unless told. */
  toggle(shown = this.menu.hidden) {
    this.menu.hidden = !shown;
    this.#button.setAttribute("aria-expanded", String(shown));
    if (shown) this.menu.querySelector("button").focus();
  }

  focus() {
    this.#button.focus();
  }
}
