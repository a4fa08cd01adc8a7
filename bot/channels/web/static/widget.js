// The launcher: all that a page of the ministry loads until a citizen asks a question.
//
// <script src="https://desk.example/widget.js" defer></script> is the whole of it: it defines <guichet-chat>,
// puts one on the page if the page has none, and shows its button. The chat itself comes at the first opening.
// The desk serves this file and the modules that it imports as one script.

import { listenToPage } from "./launcher/element.js";
import { keepInside } from "./launcher/inside.js";
import { NAME, Widget } from "./launcher/widget.js";

const settings = GUICHET_SETTINGS; // the desk puts its own in this place

if (!customElements.get(NAME)) {
  const desk = new URL(document.currentScript.src).origin;
  const widget = new Widget({ desk, ...settings });
  keepInside(widget);
  listenToPage(widget);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => widget.settle());
  else widget.settle();
}
