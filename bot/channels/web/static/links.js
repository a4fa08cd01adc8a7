// What stands whole in a text (times, references), and what can be pressed in it as well: telephone numbers, addresses.
// linking.py does the same on the desk's own page. Nothing here looks behind (older browsers cannot), and every
// repetition is bounded, so that a long word without an end costs nothing.

import { el } from "./dom.js";

const GAP = "[ \\u00a0.-]";
const MAIL = "[\\p{L}\\p{N}._%+-]{1,64}@(?:[\\p{L}\\p{N}-]{1,63}\\.){1,8}\\p{L}{2,24}";
const TAIL = "[^\\s<>\"«»“”]";
const NAMED = "(?:[\\p{L}\\p{N}][\\p{L}\\p{N}-]{0,62}\\.){1,8}(?:ca|com|org|net|quebec|int)(?![\\p{L}\\p{N}-])";
const WEB = `https?://${TAIL}+|www\\.${TAIL}+|${NAMED}(?:/${TAIL}*)?`;
const PHONE = `(?:\\+?1${GAP})?(?:\\([2-9]\\d\\d\\)${GAP}?|[2-9]\\d\\d${GAP})[2-9]\\d\\d${GAP}\\d{4}`;
const LETTERS = `(?:\\+?1${GAP})?8(?:00|33|44|55|66|77|88)${GAP}[A-Z]{7}`;
const MORE = "(?:,? (?:poste|ext\\.|extension) \\d{1,6})?";
const SHORT = "[2-9]-?1-?1|9-?8-?8";
const TIME = "\\d{1,2}[ \\u00a0]h(?:[ \\u00a0]\\d\\d)?|\\d{1,2}:\\d\\d[ \\u00a0][ap]\\.m\\.";
const REFERENCE = "[A-Z]{1,8}-[0-9A-Z]{4}-[0-9A-Z]{4}";
const ANY = `(?<mail>${MAIL})|(?<web>${WEB})|(?<phone>(?:${PHONE}|${LETTERS})${MORE})|(?<short>${SHORT})|(?<kept>${REFERENCE}|${TIME})`;
// Three figures are a number to call where a text says so, and does not go on as an address does.
const CALLED = /(?:^|[\n(:]|(?:^|[\s(])(?:le|au|ou|call|dial|text|at|or|appelez|composez|textez))[ \u00a0]?$/iu;
const COUNTED = /^(?:[,.]?\d|[ \u00a0]?[$%]|,? (?:rue|boul|av|ch|pl|st\b|street|road))/iu;
const KEYS = ["ABC", "DEF", "GHI", "JKL", "MNO", "PQRS", "TUV", "WXYZ"];

/** `text` as nodes: what stands whole does not break, and what can be pressed is a link. `newTab`: said of a link. */
export function linked(text, newTab) {
  return pieces(text).map(({ shown, href, web }) => {
    if (!href) return shown.whole ? whole(shown.whole) : shown;
    if (!web) return el("a", { class: "whole", href }, shown.whole);
    const tab = el("span", { class: "unseen" }, ` ${newTab}`);
    return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, shown.whole, tab);
  });
}

/** `text` as nodes where nothing can be pressed, as in a button. */
export function unbroken(text) {
  return pieces(text).map(({ shown, web }) => (shown.whole && !web ? whole(shown.whole) : (shown.whole ?? shown)));
}

/** The pieces of `text`, in order: {shown: text or {whole: text}, href?, web?}. */
export function pieces(text) {
  const found = [];
  const pattern = new RegExp(ANY, "gu");
  let from = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const piece = read(match, text);
    if (!piece) continue;
    if (match.index > from) found.push({ shown: text.slice(from, match.index) });
    found.push(piece);
    from = match.index + piece.shown.whole.length;
    pattern.lastIndex = from;
  }
  if (from < text.length) found.push({ shown: text.slice(from) });
  return found;
}

function read({ 0: said, index, groups }, text) {
  const before = text.slice(0, index);
  const after = text.slice(index + said.length);
  if (/[\p{L}\p{N}_@/.-]$/u.test(before)) return null;
  if (groups.web) return webPiece(said);
  if (/^[\p{L}\p{N}_]/u.test(after)) return null;
  const shown = { whole: said };
  if (groups.mail) return { shown, href: `mailto:${said}` };
  if (groups.phone) return { shown, href: `tel:${numberOf(said)}` };
  if (groups.short) {
    if (!CALLED.test(before) || COUNTED.test(after)) return null;
    return { shown, href: `tel:${said.replace(/-/g, "")}` };
  }
  return { shown };
}

/** A web address without the punctuation of the sentence around it. */
function webPiece(said) {
  let whole = said;
  while (/[.,;:!?…'’*]$/u.test(whole) || (whole.endsWith(")") && count(whole, ")") > count(whole, "("))) {
    whole = whole.slice(0, -1);
  }
  try {
    const { href } = new URL(/^https?:\/\//.test(whole) ? whole : `https://${whole}`);
    return { shown: { whole }, href, web: true };
  } catch {
    return null; // it only looked like one
  }
}

/** "(418) 649-2300, poste 12" as +14186492300;ext=12; letters are the keys that they stand on. */
function numberOf(said) {
  const [number, extension] = said.split(/,? (?:poste|ext\.|extension) /);
  const digits = number
    .replace(/[A-Z]/g, (letter) => String(KEYS.findIndex((key) => key.includes(letter)) + 2))
    .replace(/\D/g, "")
    .replace(/^1(?=\d{10})/, "");
  return `+1${digits}${extension ? `;ext=${extension}` : ""}`;
}

function whole(text) {
  return el("span", { class: "whole" }, text);
}

function count(text, sign) {
  return text.split(sign).length - 1;
}
