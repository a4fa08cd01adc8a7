// What is said, as the citizen reads it: the messages, what waits to be sent, and who writes.

import { button, el, icon } from "./dom.js";
import { messageView, pendingView, showChoices } from "./messages.js";

const NEAR_END_PX = 80; // this close to the end one reads the newest message
const TYPING_MS = 6_000;

export class Log {
  view;
  #words;
  #conversation;
  #acts;
  #log;
  #said = el("div", { class: "said" });
  #pending = el("div", { class: "pending" });
  #typing;
  #typedAt; // when the officer was last told to type; undefined before anything was told
  #officerTypes = false;
  #typingTimer = null;
  #newer;
  #top = 0; // where one reads

  /** `acts`: {press(message, choice), judge(message, judgement), data(), retry(item), edit(item)}. */
  constructor({ words, conversation, acts }) {
    this.#words = words;
    this.#conversation = conversation;
    this.#acts = acts;
    this.#typing = el(
      "p",
      { class: "typing", hidden: true },
      el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i")),
      el("span", { class: "who-types" }, words.say("answering")),
    );
    this.#log = el(
      "div",
      // New messages are announced beside it, once and in their language; what is replayed is not.
      {
        class: "log",
        role: "log",
        "aria-live": "off",
        "aria-label": words.say("log"),
        tabindex: "0",
        scroll: () => this.#scrolled(),
        "data-name": "log",
      },
      this.#welcome(),
      this.#said,
      this.#pending,
      this.#typing,
    );
    this.#newer = button({ class: "newer", hidden: true, click: () => this.#readOn() }, icon("down"), words.say("newer"));
    this.view = el("div", { class: "body" }, this.#log, this.#newer);
    for (const message of conversation.messages) this.#said.append(this.#messageView(message));
    this.showPending();
  }

  focus() {
    this.#log.focus();
  }

  /** Add a message; `live`: it was said just now. */
  add(message, live) {
    const atEnd = this.atEnd;
    const view = this.#messageView(message);
    this.#said.append(view);
    this.showChoices();
    if (message.author === "citizen" || atEnd) this.toEnd();
    else if (live) this.#newer.hidden = false;
    // A long answer is read from its beginning.
    if (live && message.author !== "citizen" && atEnd && view.offsetHeight > this.#log.clientHeight) this.#show(view);
  }

  /** Say something of the widget's own. */
  tell(text) {
    this.#said.append(
      el("div", { class: "message system" }, el("div", { class: "bubble" }, el("p", { class: "text" }, text))),
    );
    this.toEnd();
  }

  empty() {
    this.#said.replaceChildren();
    this.#newer.hidden = true;
    this.#log.scrollTop = 0;
  }

  /** Show what waits to be sent; what had the focus there keeps it. */
  showPending() {
    const atEnd = this.atEnd;
    const active = this.#pending.getRootNode().activeElement;
    const focused = active && this.#pending.contains(active) && active.dataset.name;
    this.#pending.replaceChildren(
      ...this.#conversation.pending.map((item) =>
        pendingView(item, this.#words, {
          retry: () => this.#acts.retry(item),
          edit: () => this.#acts.edit(item),
        }),
      ),
    );
    if (focused) this.#pending.querySelector(`[data-name="${focused}"]`)?.focus();
    this.showChoices();
    if (atEnd) this.toEnd();
  }

  /** Only the choices under what was said last may be pressed; of others only the one that was pressed is shown. */
  showChoices() {
    const open = this.#conversation.open?.seq;
    for (const group of this.#said.querySelectorAll(".choices")) {
      const seq = Number(group.closest(".message").dataset.seq);
      showChoices(group, { open: seq === open, chosen: this.#conversation.chosen(seq) });
    }
  }

  showState() {
    const atEnd = this.atEnd;
    this.#showTyping();
    this.showChoices();
    if (atEnd) this.toEnd();
  }

  /** The assistant prepares its reply, or the officer types: told every few seconds, and over when it no longer is. */
  #showTyping() {
    const { state, connected } = this.#conversation;
    if (state.typing_at !== this.#typedAt) {
      clearTimeout(this.#typingTimer);
      // What was told before this page came may be long past.
      this.#officerTypes = Boolean(state.typing_at) && this.#typedAt !== undefined;
      this.#typingTimer = setTimeout(() => {
        this.#officerTypes = false;
        this.#showTyping();
      }, TYPING_MS);
      this.#typedAt = state.typing_at ?? null;
    }
    const typing = this.#officerTypes && state.held_by === "officer";
    this.#typing.hidden = !(connected && (state.answering || typing));
    this.#typing.querySelector(".who-types").textContent = typing
      ? this.#words.say("typing", { name: state.officer ?? "" })
      : this.#words.say("answering");
  }

  get atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  toEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#newer.hidden = true;
  }

  /** Where one read before the page took the panel away and it stood again. */
  restore() {
    this.#log.scrollTop = this.#top;
  }

  /** Bring all of `view` into view, and its beginning if it is larger than the log. */
  #show(view) {
    const tall = view.offsetHeight > this.#log.clientHeight;
    view.scrollIntoView({ block: tall ? "start" : "nearest" });
  }

  #messageView(message) {
    return messageView(message, this.#words, {
      data: () => this.#acts.data(),
      press: (choice) => {
        this.#log.focus(); // the button that was pressed goes out
        this.#acts.press(message, choice);
      },
      judge: (judgement) => this.#acts.judge(message, judgement),
      show: (view) => this.#show(view),
    });
  }

  #welcome() {
    return el(
      "div",
      { class: "welcome" },
      el("p", { class: "hello" }, this.#words.say("hello")),
      el("p", {}, this.#words.say("notice")),
      el("p", { class: "kept" }, this.#words.say("kept")),
    );
  }

  #readOn() {
    this.toEnd();
    this.#log.focus(); // the button that was pressed goes out
  }

  #scrolled() {
    this.#top = this.#log.scrollTop;
    if (this.atEnd) this.#newer.hidden = true;
  }
}
