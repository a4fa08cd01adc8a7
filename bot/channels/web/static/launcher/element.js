// <guichet-chat>, and what else a page says to the widget.

import { NAME } from "./widget.js";

/** Heed what the page marks, and define the element: one that the page has is at home from then on. */
export function listenToPage(widget) {
  /** A place for the widget. A page may have its own, with its `lang`, and open the chat by the attribute `open`. */
  class GuichetChat extends HTMLElement {
    static observedAttributes = ["lang", "open"];

    root = this.attachShadow({ mode: "open" });

    connectedCallback() {
      widget.arrive(this);
    }

    disconnectedCallback() {
      widget.leave(this);
    }

    attributeChangedCallback(name, before, now) {
      widget.heed(this, name, before, now);
    }
  }

  // What a page marks opens the chat: <button data-guichet-open>, and <button data-guichet-ask="a question"> asks as well.
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest?.("[data-guichet-open], [data-guichet-ask]");
    if (!pressed) return;
    event.preventDefault();
    widget.open(pressed, pressed.dataset.guichetAsk);
  });

  // Turbo can change a page into the next one instead of replacing it: what is open there is not the next page's matter.
  document.addEventListener("turbo:before-morph-attribute", (event) => {
    if (event.target instanceof GuichetChat && event.detail.attributeName === "open") event.preventDefault();
  });

  customElements.define(NAME, GuichetChat);
}
