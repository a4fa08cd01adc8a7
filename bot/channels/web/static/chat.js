// The chat page. Everything a person wrote or reads is set as text, never as markup.
"use strict";

const setup = JSON.parse(document.getElementById("words").textContent);
const { words, lang } = setup;
const log = document.getElementById("log");
const form = document.getElementById("form");
const field = document.getElementById("message");
const SENDER = "guichet-sender";

function newSender() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return "page-" + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

let sender = sessionStorage.getItem(SENDER) || newSender();
sessionStorage.setItem(SENDER, sender);

// One message at a time: the next waits for the reply, so that order holds.
let queue = Promise.resolve();

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function bubble(className, who, text, language) {
  const node = element("article", `message ${className}`);
  if (language) node.lang = language;
  if (who) node.append(element("p", "who", who));
  node.append(element("p", "text", text));
  log.append(node);
  log.scrollTop = log.scrollHeight;
  return node;
}

function choice(title, onPress) {
  const button = element("button", "", title);
  button.type = "button";
  button.addEventListener("click", () => {
    button.closest(".choices").remove();
    onPress();
    field.focus();
  });
  return button;
}

function showReply(item) {
  const custom = item.custom || {};
  const node = bubble("", words.assistant, item.text, custom.language);
  for (const source of custom.sources || []) {
    node.append(
      element("p", "source", `${words.source} ${source.title} – ${source.section} (${words.updated} ${source.updated})`),
    );
  }
  if (custom.ticket && custom.ticket.reference) {
    node.append(element("p", "ticket", custom.ticket.reference));
  }
  const buttons = [...(item.buttons || [])];
  if (custom.outcome === "clarify" && custom.options) buttons.push({ title: words.none, payload: setup.none });
  if (buttons.length) {
    const row = element("div", "choices");
    for (const { title, payload } of buttons) row.append(choice(title, () => send(payload, title)));
    node.append(row);
  }
  log.scrollTop = log.scrollHeight;
}

async function ask(text) {
  const response = await fetch("/webhooks/rest/webhook", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ sender, message: text, metadata: { language: lang } }),
  });
  const body = await response.json();
  if (!response.ok) throw new Error(body.error.messages[lang]);
  return body;
}

function send(text, shown) {
  bubble("mine", words.you, shown || text);
  queue = queue.then(() => deliver(text));
}

async function deliver(text) {
  const waiting = bubble("waiting", "", words.waiting);
  try {
    for (const item of await ask(text)) showReply(item);
  } catch (error) {
    // A TypeError is the browser's word for a request that never arrived; a SyntaxError, for an
    // answer that is not ours. Any other is the desk's own sentence.
    const ours = !(error instanceof TypeError || error instanceof SyntaxError);
    const node = bubble("alert", "", ours ? error.message : words.not_sent);
    const row = element("div", "choices");
    row.append(choice(words.retry, () => { node.remove(); queue = queue.then(() => deliver(text)); }));
    node.append(row);
  } finally {
    waiting.remove();
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = field.value.trim();
  if (!text) return;
  field.value = "";
  send(text);
  field.focus();
});
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
document.getElementById("person").addEventListener("click", () => send(setup.person, words.person));
document.getElementById("restart").addEventListener("click", () => {
  sender = newSender();
  sessionStorage.setItem(SENDER, sender);
  log.replaceChildren();
  field.focus();
});
