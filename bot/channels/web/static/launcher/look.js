// What the launcher looks like, before anything else is loaded.

// A page's own rules for the element itself outweigh :host, all but those that are marked here.
export const STYLE = `
  :host { all: initial !important; direction: ltr !important; unicode-bidi: isolate !important;
    position: fixed !important; inset: auto 0 0 auto !important; z-index: 2147483000 !important;
    color-scheme: light dark !important; -webkit-user-select: text !important; user-select: text !important;
    font: medium/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif !important; }
  :host([hidden]), [hidden] { display: none !important; }
  .launcher { position: fixed; inset-block-end: 1.25em; inset-inline-end: 1.25em; display: flex; align-items: center;
    gap: .6em; min-height: 3.25em; padding: .5em 1.35em .5em 1.1em; margin: 0; border: 2px solid #fff;
    border-radius: 2em; background: #0b3a75; color: #fff; font: inherit; font-weight: 600; cursor: pointer;
    box-shadow: 0 2px 6px #0a1c3340, 0 8px 24px #0a1c3333; }
  .launcher:hover { background: #082c5a; }
  .launcher:focus-visible { outline: 3px solid #0b3a75; outline-offset: 3px; }
  .launcher[aria-busy="true"] { cursor: progress; }
  .unread::after { content: ""; position: absolute; inset: -.15em -.1em auto auto; inline-size: .9em; block-size: .9em;
    border: 2px solid #fff; border-radius: 50%; background: #b3261e; }
  svg { inline-size: 1.5em; block-size: 1.5em; flex: none; }
  .failed { position: fixed; inset-block-end: 5.5em; inset-inline-end: 1.25em; max-inline-size: min(20em, 85vw);
    box-sizing: border-box; margin: 0; padding: .8em 1em; border: 1px solid #b3261e; border-radius: .6em;
    background: #fff; color: #5c120d; box-shadow: 0 8px 24px #0a1c3333; }
  @media (max-width: 30em) { .launcher, .failed { inset-inline-end: 1em; } .launcher { inset-block-end: 1em; } }
  @media (prefers-color-scheme: dark) { .launcher:focus-visible { outline-color: #a9cdfb; } }
  @media print { :host { display: none !important; } }
`;

const ICON =
  "M4 4h16a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1h-8.5L6.6 20.7A.6.6 0 0 1 5.6 20.3V17H4a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1z";

/** The picture on the button. */
export function icon() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("fill", "none");
  svg.setAttribute("stroke", "currentColor");
  svg.setAttribute("stroke-width", "1.8");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", ICON);
  svg.append(line);
  return svg;
}
