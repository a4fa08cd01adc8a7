// The window of the chat: what the citizen sees and presses.

import { Composer } from "./composer.js";
import { button, el, icon } from "./dom.js";
import { announcement, messageView, pendingView } from "./messages.js";

const NEAR_END_PX = 80; // this close to the end one reads the newest message
const TYPING_MS = 6_000;
const ANNOUNCED_MS = 15_000; // by then a screen reader has taken it
const COVERING = "(max-width: 30em), (max-height: 30em)"; // as in chat.css: the panel covers the page

export class Panel {
  #root;
  #conversation;
  #words;
  #maxChars;
  #on; // what the launcher wants to know: onClose, onUnread, onLanguage
  #started = false;
  #opened = false;
  #unread = 0;
  #announcer = el("div", { class: "unseen", "aria-live": "polite" });
  #panel = null;
  #composer;
  #log;
  #said;
  #pending;
  #typing;
  #typedAt; // when the officer was last told to type; undefined before anything was told
  #officerTypes = false;
  #typingTimer = null;
  #status;
  #menu;
  #menuButton;
  #confirm;
  #newer;

  constructor({ root, conversation, words, maxChars, onClose, onUnread, onLanguage }) {
    this.#root = root;
    this.#conversation = conversation;
    this.#words = words;
    this.#maxChars = maxChars;
    this.#on = { onClose, onUnread, onLanguage };
    root.append(this.#announcer);
    this.#build();
    conversation.addEventListener("message", ({ detail }) => this.#heard(detail));
    conversation.addEventListener("pending", () => this.#showPending());
    conversation.addEventListener("state", () => this.#showState());
    conversation.addEventListener("reset", ({ detail }) => this.#reset(detail.why));
  }

  /** Take up the conversation, seen or not. */
  start() {
    if (!this.#started) this.#conversation.start();
    this.#started = true;
  }

  open({ focus }) {
    this.#opened = true;
    this.#panel.hidden = false;
    this.#unread = 0;
    this.start();
    this.#composer.fit();
    this.#toEnd();
    if (!focus) return;
    // On a phone the keyboard would cover what there is to read.
    if (matchMedia(COVERING).matches) this.#log.focus();
    else this.#composer.focus();
  }

  close() {
    this.#opened = false;
    this.#panel.hidden = true;
  }

  /** Show everything in another language; what was said stays as it was said. */
  speak(words) {
    if (words.language === this.#words.language) return;
    const focused = this.#root.activeElement?.dataset?.name;
    const { draft } = this.#composer;
    this.#words = words;
    this.#build();
    this.#composer.draft = draft;
    this.#panel.hidden = !this.#opened;
    this.#toEnd();
    if (focused) this.#panel.querySelector(`[data-name="${focused}"]`)?.focus();
  }

  #build() {
    const words = this.#words;
    this.#composer = new Composer({
      words,
      maxChars: this.#maxChars,
      onSay: (text) => this.#say({ text }, text),
      onType: () => this.#conversation.type(),
      onPerson: () => this.#say({ verb: "person" }, words.say("person")),
    });
    this.#status = el("p", { class: "held" });
    const panel = el(
      "section",
      {
        class: "panel",
        role: "dialog",
        "aria-labelledby": "title",
        lang: words.language,
        hidden: true,
        keydown: (event) => this.#key(event),
      },
      this.#header(),
      this.#menuView(),
      this.#status,
      this.#body(),
      this.#confirmView(),
      this.#composer.form,
    );
    if (this.#panel) this.#panel.replaceWith(panel);
    else this.#root.append(panel);
    this.#panel = panel;
    for (const message of this.#conversation.messages) this.#said.append(this.#view(message));
    this.#showPending();
    this.#showState();
  }

  #header() {
    const words = this.#words;
    const other = words.language === "fr" ? "en" : "fr";
    this.#menuButton = button(
      {
        class: "bare",
        "aria-label": words.say("menu"),
        "aria-expanded": "false",
        "aria-controls": "menu",
        "data-name": "menu",
        click: () => this.#toggleMenu(),
      },
      icon("menu"),
    );
    return el(
      "div",
      { class: "head" },
      el(
        "div",
        { class: "title" },
        el("h2", { id: "title" }, words.say("title")),
        el("p", {}, words.say("organization")),
      ),
      button(
        { class: "bare", lang: other, "data-name": "language", click: () => this.#on.onLanguage(other) },
        words.say("other_language"),
      ),
      this.#menuButton,
      button(
        { class: "bare", "aria-label": words.say("close"), "data-name": "close", click: () => this.#on.onClose() },
        icon("close"),
      ),
    );
  }

  #menuView() {
    const item = (key, act) =>
      button({ "data-name": key, click: () => (this.#toggleMenu(false), act()) }, this.#words.say(key));
    this.#menu = el(
      "div",
      { id: "menu", class: "menu", hidden: true },
      item("restart", () => this.#askToRestart()),
      item("transcript", () => this.#download()),
      item("my_data", () => this.#downloadData()),
      item("forget", () => this.#ask("forget", () => this.#forget())),
    );
    return this.#menu;
  }

  #confirmView() {
    this.#confirm = el("div", { class: "confirm", role: "group", "aria-labelledby": "confirm", hidden: true });
    return this.#confirm;
  }

  #body() {
    const words = this.#words;
    this.#said = el("div", { class: "said" });
    this.#pending = el("div", { class: "pending" });
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
    this.#newer = button(
      { class: "newer", hidden: true, click: () => this.#readOn() },
      icon("down"),
      words.say("newer"),
    );
    return el("div", { class: "body" }, this.#log, this.#newer);
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

  #say(said, title) {
    this.#conversation.say(said, title, this.#words.language);
    this.#toEnd();
  }

  #view(message) {
    return messageView(message, this.#words, {
      data: () => this.#downloadData(),
      press: (choice) => {
        this.#log.focus(); // the button that was pressed goes out
        this.#say({ press: { seq: message.seq, choice } }, message.choices[choice]);
      },
      judge: (judgement) => this.#conversation.judge(message.seq, { ...judgement, language: this.#words.language }),
    });
  }

  #heard({ message, live }) {
    const atEnd = this.#atEnd;
    const view = this.#view(message);
    this.#said.append(view);
    if (message.author === "citizen" || atEnd) this.#toEnd();
    else if (live) this.#newer.hidden = false;
    if (!live || message.author === "citizen") return;
    // A long answer is read from its beginning.
    if (atEnd && view.offsetHeight > this.#log.clientHeight) view.scrollIntoView({ block: "start" });
    this.#announce(...announcement(message, this.#words));
    if (!this.#opened) this.#on.onUnread(++this.#unread);
  }

  #announce(...spoken) {
    const said = el("p", { lang: this.#words.language }, ...spoken);
    this.#announcer.append(said);
    setTimeout(() => said.remove(), ANNOUNCED_MS);
  }

  #showPending() {
    const atEnd = this.#atEnd;
    const focused = this.#pending.contains(this.#root.activeElement) && this.#root.activeElement.dataset.name;
    this.#pending.replaceChildren(
      ...this.#conversation.pending.map((item) =>
        pendingView(item, this.#words, {
          retry: () => {
            this.#conversation.retry(item.id);
            this.#composer.focus();
          },
          edit: () => {
            this.#conversation.drop(item.id);
            this.#composer.draft = item.title;
            this.#composer.focus();
          },
        }),
      ),
    );
    if (focused) this.#pending.querySelector(`[data-name="${focused}"]`)?.focus();
    this.#showChoices();
    if (atEnd) this.#toEnd();
  }

  /** Only the choices under the assistant's last message may be pressed. */
  #showChoices() {
    const open = String(this.#conversation.open?.seq ?? "");
    for (const choice of this.#said.querySelectorAll(".choice")) {
      choice.disabled = choice.closest(".message").dataset.seq !== open;
    }
  }

  #showState() {
    const { state, connected } = this.#conversation;
    const text = connected ? this.#heldBy(state) : this.#words.say("offline");
    if (this.#status.textContent !== text) {
      this.#status.textContent = text;
      if (!connected) this.#announce(text); // who holds the conversation is told by messages
    }
    this.#status.className = `held ${connected ? state.held_by : "offline"}`;
    const atEnd = this.#atEnd;
    this.#showTyping(state, connected);
    this.#showChoices();
    if (atEnd) this.#toEnd();
  }

  /** The assistant prepares its reply, or the officer types: told every few seconds, and over when it no longer is. */
  #showTyping(state, connected) {
    if (state.typing_at !== this.#typedAt) {
      clearTimeout(this.#typingTimer);
      // What was told before this page came may be long past.
      this.#officerTypes = Boolean(state.typing_at) && this.#typedAt !== undefined;
      this.#typingTimer = setTimeout(() => {
        this.#officerTypes = false;
        this.#showTyping(this.#conversation.state, this.#conversation.connected);
      }, TYPING_MS);
      this.#typedAt = state.typing_at ?? null;
    }
    const typing = this.#officerTypes && state.held_by === "officer";
    this.#typing.hidden = !(connected && (state.answering || typing));
    this.#typing.querySelector(".who-types").textContent = typing
      ? this.#words.say("typing", { name: state.officer ?? "" })
      : this.#words.say("answering");
  }

  #heldBy({ held_by: holder, officer, place, open }) {
    if (holder === "bot") return "";
    if (holder === "queue") return this.#words.say(open === false ? "held_queue_closed" : "held_queue", { place: place ?? 1 });
    if (holder !== "officer") return this.#words.say(`held_${holder}`);
    return officer ? this.#words.say("held_officer", { name: officer }) : this.#words.say("held_officer_unnamed");
  }

  #reset(why) {
    this.#said.replaceChildren();
    this.#newer.hidden = true;
    this.#confirm.hidden = true;
    if (why === "forgotten" || why === "restarted") this.#tell(why);
    this.#showPending();
    this.#showState();
    this.#log.scrollTop = 0;
  }

  /** Say something of the widget's own in the log. */
  #tell(key) {
    const text = this.#words.say(key);
    this.#said.append(
      el("div", { class: "message system" }, el("div", { class: "bubble" }, el("p", { class: "text" }, text))),
    );
    this.#announce(text);
    this.#toEnd();
  }

  /** The answer to a request may be to come here: then a new conversation is not begun without a word. */
  #askToRestart() {
    if (this.#conversation.leftRequest) this.#ask("restart", () => this.#restart());
    else this.#restart();
  }

  #restart() {
    this.#confirm.hidden = true;
    this.#conversation.restart();
    this.#composer.focus();
  }

  #download() {
    this.#menuButton.focus();
    return this.#give(() => this.#conversation.transcript(this.#words.language), `${this.#words.say("file")}.txt`);
  }

  /** Everything that is kept: by the conversation's token, so the link opens here alone. */
  #downloadData() {
    return this.#give(() => this.#conversation.data(), `${this.#words.say("my_data_file")}.json`);
  }

  async #give(read, name) {
    if (!this.#conversation.begun) return;
    try {
      const address = URL.createObjectURL(await read());
      el("a", { href: address, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(address), 0);
    } catch {
      this.#tell("trouble");
    }
  }

  /** Do what cannot be taken back once it is confirmed: `key`_ask, answered by `key`_yes or `key`_no. */
  #ask(key, act) {
    const words = this.#words;
    const no = button({ class: "small", click: () => this.#keep(), "data-name": `${key}_no` }, words.say(`${key}_no`));
    const yes = button({ class: "danger", click: act, "data-name": `${key}_yes` }, words.say(`${key}_yes`));
    const question = el("p", { id: "confirm" }, words.say(`${key}_ask`));
    this.#confirm.replaceChildren(question, el("div", { class: "actions" }, yes, no));
    this.#confirm.hidden = false;
    no.focus();
  }

  #keep() {
    this.#confirm.hidden = true;
    this.#menuButton.focus();
  }

  async #forget() {
    this.#confirm.hidden = true;
    this.#composer.focus();
    try {
      await this.#conversation.forget();
    } catch {
      this.#tell("trouble");
    }
  }

  #toggleMenu(shown = this.#menu.hidden) {
    this.#menu.hidden = !shown;
    this.#menuButton.setAttribute("aria-expanded", String(shown));
    if (shown) this.#menu.querySelector("button").focus();
  }

  #key(event) {
    if (event.key === "Tab" && matchMedia(COVERING).matches) this.#stayInside(event);
    if (event.key !== "Escape") return;
    event.stopPropagation();
    if (!this.#menu.hidden) {
      this.#toggleMenu(false);
      this.#menuButton.focus();
    } else if (!this.#confirm.hidden) this.#keep();
    else this.#on.onClose();
  }

  /** Where the panel covers the page, the focus does not go behind it. */
  #stayInside(event) {
    const reachable = [...this.#panel.querySelectorAll("button, textarea, input, [tabindex='0']")].filter(
      (element) => !element.disabled && element.getClientRects().length > 0,
    );
    const edge = event.shiftKey ? reachable[0] : reachable.at(-1);
    if (this.#root.activeElement !== edge) return;
    event.preventDefault();
    (event.shiftKey ? reachable.at(-1) : reachable[0]).focus();
  }

  get #atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#log;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  #toEnd() {
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#newer.hidden = true;
  }

  #readOn() {
    this.#toEnd();
    this.#log.focus(); // the button that was pressed goes out
  }

  #scrolled() {
    if (this.#atEnd) this.#newer.hidden = true;
  }
}
