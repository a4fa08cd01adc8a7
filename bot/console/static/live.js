// Live parts of a page: when the desk says that something changed, the page is asked for anew and they are exchanged.

import { followText, settle } from "./texts.js";

const AGAIN_MS = 3_000;
const NEAR_END_PX = 80;

/** Listen for changes, if the page says of what. */
export function live() {
  const of = document.body.dataset.events.trim();
  if (!of) return;
  let source;
  let again = null;
  const connect = () => {
    source = new EventSource(`/console/events?of=${encodeURIComponent(of)}`);
    // What happened while nobody listened is seen as well.
    source.addEventListener("begun", () => (tell(null), refresh()));
    source.addEventListener("changed", refresh);
    source.addEventListener("over", () => {
      source.close();
      tell("over");
    });
    source.addEventListener("error", () => {
      tell("lost");
      if (source.readyState !== EventSource.CLOSED) return;
      clearTimeout(again);
      again = setTimeout(connect, AGAIN_MS);
    });
  };
  connect();
  // A page that nobody looks at gives its connection back: a browser has few for one host.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) source.close();
    else if (source.readyState === EventSource.CLOSED) connect();
  });
}

/** Say that the session is "over" or the connection "lost"; null: that all is well. */
export function tell(what) {
  const bar = document.querySelector(".live");
  bar.hidden = !what;
  bar.querySelector("span").textContent = what ? document.body.dataset[what] : "";
  bar.querySelector("a").hidden = what !== "over";
  // The page as it stands now is where the login leads back to.
  bar.querySelector("a").href = `/console/login?next=${encodeURIComponent(location.pathname + location.search)}`;
}

/** A page as the desk sent it. */
export function page(text) {
  return new DOMParser().parseFromString(text, "text/html");
}

/** Take over the token of the present session; false if it is another officer's, whose page this is not. */
export function renew(fresh) {
  if (fresh.body.dataset.officer !== document.body.dataset.officer) {
    location.reload();
    return false;
  }
  const token = (document.body.dataset.formToken = fresh.body.dataset.formToken);
  for (const field of document.querySelectorAll("input[name=form_token]")) field.value = token;
  return true;
}

let asking = false;
let askAgain = false;

async function refresh() {
  if (asking) {
    askAgain = true;
    return;
  }
  asking = true;
  try {
    const response = await fetch(location.href, { headers: { "X-Live": "1" } });
    if (response.redirected) tell("over");
    else if (response.ok) exchange(page(await response.text()));
  } catch {
    tell("lost");
  } finally {
    asking = false;
    if (askAgain) {
      askAgain = false;
      refresh();
    }
  }
}

function exchange(fresh) {
  if (!renew(fresh)) return;
  document.title = fresh.title;
  for (const part of document.querySelectorAll("[data-live]")) {
    const other = fresh.getElementById(part.id) ?? fresh.querySelector(`[data-live][aria-labelledby="${part.getAttribute("aria-labelledby")}"]`);
    if (!other || !part.isConnected) continue;
    if (part.dataset.live === "append") append(part, other);
    else if (part.dataset.live === "form") exchangeForms(part, other);
    else if (part.innerHTML !== other.innerHTML && !inUse(part)) replace(part, other);
  }
}

/** What somebody writes in, or has opened, is left alone until they have done. */
function inUse(part) {
  const focused = document.activeElement;
  return part.contains(focused) && focused.matches("input, textarea, select");
}

/** Forms stay as they are, with what is written in them, as long as the desk would take them. */
function exchangeForms(part, other) {
  if (forms(part) === forms(other)) return;
  const writing = inUse(part) ? document.activeElement.name : null;
  replace(part, other);
  settle();
  if (writing === null) return;
  const field = part.querySelector(`[name="${writing}"]`);
  if (field) field.focus();
  else followText(part.dataset.keeps);
}

/** Where they send what is written, and to whom it goes on from there. */
function forms(part) {
  return [...part.querySelectorAll("form, input[name=seen]")].map((one) => one.getAttribute("action") ?? one.value).join(" ");
}

function replace(part, other) {
  const opened = [...part.querySelectorAll("details")].map((details) => details.open);
  const focused = part.contains(document.activeElement) ? document.activeElement.closest("form, a")?.getAttribute("action") ?? document.activeElement.getAttribute("href") : null;
  part.replaceChildren(...other.cloneNode(true).childNodes);
  part.querySelectorAll("details").forEach((details, place) => (details.open = opened[place] ?? details.open));
  if (focused) (part.querySelector(`form[action="${focused}"] button`) ?? part.querySelector(`a[href="${focused}"]`))?.focus();
}

/** Only what is new is added, so that a screen reader says it and nothing else. */
function append(part, other) {
  const atEnd = part.scrollHeight - part.scrollTop - part.clientHeight < NEAR_END_PX;
  const known = new Set([...part.children].map((child) => child.id));
  const shown = new Set([...other.children].map((child) => child.id));
  for (const child of [...part.children]) if (!shown.has(child.id)) child.remove(); // erased
  for (const child of other.children) if (!known.has(child.id)) part.append(child.cloneNode(true));
  if (atEnd) part.scrollTop = part.scrollHeight;
}
