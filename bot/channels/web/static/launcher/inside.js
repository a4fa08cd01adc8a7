// What is done inside stays inside: a page that hears a key would take it for one of its shortcuts, and one that hears
// the focus, the wheel or a copy might take that for itself. This listener stands on the window and goes first, so that
// it holds whatever a page listens with, except what listens on the window in the capture phase since before this
// script ran. What the widget itself wants to hear is told to it again, and does not leave its shadow tree.

const INSIDE = [
  ...["keydown", "keypress", "keyup", "beforeinput", "input", "compositionstart", "compositionupdate"],
  ...["compositionend", "copy", "cut", "paste", "selectstart", "contextmenu", "dragstart", "dragover", "drop"],
  ...["focus", "focusin", "focusout", "blur", "wheel", "touchmove"],
];
const TOLD = {
  keydown: ({ key, code, shiftKey, ctrlKey, altKey, metaKey, repeat, isComposing }) =>
    new KeyboardEvent("keydown", {
      ...{ key, code, shiftKey, ctrlKey, altKey, metaKey, repeat, isComposing },
      ...{ bubbles: true, cancelable: true },
    }),
  input: () => new Event("input", { bubbles: true }),
};

/** Keep what is done inside the widget from the page. */
export function keepInside(widget) {
  const hear = (event) => {
    const path = event.composedPath();
    if (!widget.holds(path)) return;
    event.stopImmediatePropagation();
    if (event.type === "focusin") widget.focus(path[0]);
    else if (event.type === "focusout") widget.blur();
    const told = TOLD[event.type]?.(event);
    if (told && !path[0].dispatchEvent(told)) event.preventDefault();
  };
  for (const type of INSIDE) {
    const passive = type === "wheel" || type === "touchmove" ? { passive: true } : {};
    addEventListener(type, hear, { capture: true, ...passive });
  }
}
