// How one message looks.

import { button, el, icon } from "./dom.js";
import { feedback } from "./feedback.js";
import { linked, unbroken } from "./links.js";
import { set } from "./words.js";

/**
 * A message of the desk. `act`: what the citizen may do with it: {press(choice), judge(judgement), data()}, and
 * show(view), which brings a part of it into view.
 */
export function messageView(message, words, act) {
  const bubble = el("div", { class: "bubble" }, spoken(message, words));
  const view = el(
    "div",
    { class: `message ${message.author}`, "data-seq": String(message.seq) },
    el("p", { class: "who" }, whoSpeaks(message, words), el("span", { class: "at" }, words.time(message.at))),
    bubble,
  );
  if (message.sources?.length) bubble.append(...message.sources.map((source) => sourceView(source, message, words)));
  if (message.ticket?.reference) view.append(ticketView(message, words));
  if (message.data) view.append(dataView(words, act.data));
  if (message.choices?.length) view.append(choicesView(message, words, act.press));
  if (message.outcome === "answered" && message.author === "bot") view.append(feedback(message, words, act));
  return view;
}

/** What a screen reader says of a new message. */
export function announcement(message, words) {
  const choices = (message.choices ?? []).join(", ");
  return [
    el("span", { lang: words.language }, `${whoSpeaks(message, words)}. `),
    el("span", { lang: message.language }, [message.text, choices].filter(Boolean).join(" ")),
  ];
}

/** A message that the desk has not told of yet. `act`: {retry(), edit()}. */
export function pendingView(item, words, act) {
  const view = el(
    "div",
    { class: `message citizen ${item.status}`, "data-id": item.id },
    el("p", { class: "who" }, words.say("citizen"), el("span", { class: "at" }, words.time(item.at))),
    el("div", { class: "bubble" }, el("p", { class: "text", dir: "auto", lang: item.language }, item.title)),
  );
  if (item.status !== "refused") {
    view.append(el("p", { class: "status" }, words.say(item.status)));
    return view;
  }
  const why = item.refused[words.language] ?? words.say("trouble");
  view.append(
    el("p", { class: "status" }, el("strong", {}, `${words.say("refused")}. `), set(why, words.language)),
    el(
      "div",
      { class: "actions" },
      button({ class: "small", click: act.retry, "data-name": `retry-${item.id}` }, words.say("retry")),
      item.said.text
        ? button({ class: "small", click: act.edit, "data-name": `edit-${item.id}` }, words.say("edit"))
        : null,
    ),
  );
  return view;
}

function spoken({ text, language, author }, words) {
  // What a citizen typed is shown as typed.
  const shown = author === "citizen" ? [text] : linked(set(text, language), words.say("new_tab"));
  return el("p", { class: "text", dir: "auto", lang: language }, ...shown);
}

function dataView(words, give) {
  return el("div", { class: "actions" }, button({ class: "small", click: give, "data-name": "data" }, words.say("my_data")));
}

function whoSpeaks({ author, name }, words) {
  if (author !== "officer") return words.say({ citizen: "citizen", bot: "assistant", system: "system" }[author]);
  return name ? words.say("officer", { name }) : words.say("officer_unnamed");
}

function sourceView(source, message, words) {
  const title = [source.title, source.section].filter(Boolean).join(" – ");
  return el(
    "p",
    { class: "source" },
    `${words.say("source")} `,
    el("cite", { lang: message.language }, set(title, message.language)),
    source.updated
      ? el("span", { class: "updated" }, words.say("updated", { date: words.date(source.updated) }))
      : null,
  );
}

function ticketView({ ticket, language }, words) {
  return el(
    "div",
    { class: "ticket" },
    el("p", { class: "label" }, words.say("ticket")),
    el("p", { class: "reference whole" }, ticket.reference),
    el("p", { class: "due", lang: language }, words.say("ticket_due", { date: set(ticket.due_text, language) })),
  );
}

function choicesView(message, words, press) {
  const choices = message.choices.map((title, place) =>
    button(
      {
        class: "choice",
        lang: message.language,
        dir: "auto",
        click: () => press(place),
        "data-name": `choice-${message.seq}-${place}`,
      },
      icon("done"),
      el("span", {}, ...unbroken(set(title, message.language))),
    ),
  );
  const offered = words.say("offered", { choices: message.choices.join(" · ") });
  return el(
    "div",
    { class: "choices", role: "group", "aria-label": words.say("choices"), "data-chosen": words.say("chosen") },
    ...choices,
    el("p", { class: "offered", hidden: true }, ...unbroken(set(offered, words.language))),
  );
}

/** Show the choices of a message: all while they may be pressed, then the `chosen` one, else what they were. */
export function showChoices(group, { open, chosen }) {
  group.classList.toggle("spent", !open);
  group.querySelectorAll(".choice").forEach((choice, place) => {
    choice.disabled = !open;
    choice.hidden = !open && place !== chosen;
    if (!choice.classList.toggle("chosen", !open && place === chosen)) choice.removeAttribute("aria-label");
    else choice.setAttribute("aria-label", `${group.dataset.chosen} ${choice.textContent}`);
  });
  group.querySelector(".offered").hidden = open || chosen !== undefined;
}
