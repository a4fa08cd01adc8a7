// How a form is sent: by the script, so that a refusal leaves the page, its live parts and what was written as they are.

import { page, renew, tell } from "./live.js";
import { forget, forgetAll } from "./texts.js";

// A form's fields hide its properties of the same name: what it is, is asked of its attributes.

/** Send the forms of whoever is logged in; those of the login are the browser's own. */
export function sendForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.getAttribute("method") !== "post" || !document.body.dataset.formToken) return;
    event.preventDefault();
    if (!form.hasAttribute("aria-busy")) send(form, event.submitter);
  });
}

addEventListener("pageshow", () => document.querySelectorAll("form[aria-busy]").forEach((form) => busy(form, false)));

async function send(form, button) {
  busy(form, true);
  try {
    const fields = new URLSearchParams(new FormData(form, button));
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: fields, headers: { "X-Form": "1" } });
    const next = answer.headers.get("X-Next");
    if (next) {
      taken(form);
      go(next);
      return; // the form stays busy until the next page is here
    }
    if ((answer.headers.get("Content-Type") ?? "").startsWith("text/html")) shown(form, answer.ok, page(await answer.text()));
    else refused(form, await answer.text());
  } catch {
    refused(form, document.body.dataset.unanswered);
  }
  busy(form, false);
}

function busy(form, is) {
  form.toggleAttribute("aria-busy", is);
  for (const button of form.querySelectorAll("button")) button.disabled = is;
}

function taken(form) {
  forget(form);
  if (form.getAttribute("action") === "/console/logout") forgetAll();
}

function go(address) {
  const next = new URL(address, location.href);
  if (next.pathname + next.search !== location.pathname + location.search) {
    location.assign(next);
    return;
  }
  // An address that differs in its last part only would not be asked for anew.
  history.scrollRestoration = "manual";
  history.replaceState(null, "", next);
  location.reload();
}

function shown(form, ok, fresh) {
  if (ok) {
    forget(form);
    document.querySelector("main").replaceWith(fresh.querySelector("main"));
    reveal(document.querySelector("main [role=status]:not([hidden])"));
    return;
  }
  const over = !fresh.body.dataset.formToken;
  if (!over && !renew(fresh)) return;
  refused(form, fresh.querySelector("main [role=alert]")?.textContent ?? document.body.dataset.unanswered);
  if (over) tell("over");
}

/** Say in the form why it was not taken; above the part of the page that is exchanged while it happens, if it is in one. */
function refused(form, text) {
  for (const old of document.querySelectorAll(".problem.sent")) old.remove();
  const problem = document.createElement("p");
  problem.className = "problem sent";
  problem.setAttribute("role", "alert");
  problem.textContent = text;
  const part = form.isConnected ? form.closest("[data-live]:not([data-live=form])") : null;
  if (part) part.before(problem);
  else if (form.isConnected) form.prepend(problem);
  else document.querySelector("main").prepend(problem);
  reveal(problem);
}

function reveal(node) {
  if (!node) return;
  node.tabIndex = -1;
  node.focus({ preventScroll: true });
  node.scrollIntoView({ block: "center" });
}
