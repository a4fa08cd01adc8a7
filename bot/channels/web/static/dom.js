// Making elements. Nothing that a person wrote ever becomes markup: children are nodes or text.

/** An element. Of `props`: functions are listeners, true and false switch an attribute, other values are attributes. */
export function el(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (typeof value === "boolean") made.toggleAttribute(name, value);
    else if (value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export function button(props, ...children) {
  return el("button", { type: "button", ...props }, ...children);
}

const PATHS = {
  close: "M6 6l12 12M18 6L6 18",
  menu: "M12 5.2v.1M12 12v.1M12 18.8v.1",
  send: "M5 12h13M12.5 6l6 6-6 6",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.8-3.6 3.8-5.5 7.5-5.5s6.7 1.9 7.5 5.5",
  done: "M5 12.5l4.5 4.5L19 7.5",
  down: "M12 5v13M6 12.5l6 6 6-6",
};

/** A drawing beside words, of no meaning of its own. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
