// The window of the chat: what the citizen sees and presses.

import { Composer } from "./composer.js";
import { button, el } from "./dom.js";
import { Head } from "./head.js";
import { Log } from "./log.js";
import { announcement } from "./messages.js";

const ANNOUNCED_MS = 15_000; // by then a screen reader has taken it
const COVERING = "(max-width: 30em), (max-height: 30em)"; // as in chat.css: the panel covers the page

export class Panel {
  #ground;
  #conversation;
  #words;
  #maxChars;
  #on; // what the launcher wants to know: onClose, onUnread, onLanguage
  #covering = matchMedia(COVERING);
  #started = false;
  #opened = false;
  #unread = 0;
  // Where the panel covers the page, a screen reader hears nothing from outside it.
  #outside = el("div", { class: "unseen", "aria-live": "polite" });
  #inside = el("div", { class: "unseen", "aria-live": "polite" });
  #panel = null;
  #head;
  #status;
  #log;
  #confirm;
  #composer;

  constructor({ ground, conversation, words, maxChars, onClose, onUnread, onLanguage }) {
    this.#ground = ground;
    this.#conversation = conversation;
    this.#words = words;
    this.#maxChars = maxChars;
    this.#on = { onClose, onUnread, onLanguage };
    ground.append(this.#outside);
    this.#build();
    conversation.addEventListener("message", ({ detail }) => this.#heard(detail));
    conversation.addEventListener("pending", () => this.#log.showPending());
    conversation.addEventListener("state", () => this.#showState());
    conversation.addEventListener("reset", ({ detail }) => this.#reset(detail.why));
    this.#covering.addEventListener("change", () => this.#present(this.#active));
  }

  /** Take up the conversation, seen or not. */
  start() {
    if (!this.#started) this.#conversation.start();
    this.#started = true;
  }

  open({ focus }) {
    this.#opened = true;
    this.#unread = 0;
    this.#panel.classList.add("arrives");
    this.#present();
    this.start();
    this.#composer.fit();
    this.#log.toEnd();
    // On a phone the keyboard would cover what there is to read.
    if (this.#covering.matches) this.#log.focus();
    else if (focus) this.#composer.focus();
  }

  close() {
    this.#opened = false;
    this.#present();
  }

  /** Say what the citizen pressed outside the chat. */
  ask(question) {
    this.#say({ text: question }, question);
  }

  /** The page took the panel away, and it stands again elsewhere; `focused` had the focus. */
  moved(focused) {
    this.#panel.classList.remove("arrives"); // for the citizen it never went
    this.#present(focused);
    this.#log.restore();
  }

  /** Show everything in another language; what was said stays as it was said. */
  speak(words) {
    if (words.language === this.#words.language) return;
    const focused = this.#active?.dataset?.name;
    const { draft } = this.#composer;
    this.#words = words;
    this.#build();
    this.#composer.draft = draft;
    this.#present();
    this.#log.toEnd();
    if (focused) this.#panel.querySelector(`[data-name="${focused}"]`)?.focus();
  }

  get #active() {
    return this.#ground.getRootNode().activeElement;
  }

  /** Show the panel, or not: beside the page, or as a modal dialog where it covers the page. */
  #present(focused = null) {
    const modal = this.#opened && this.#covering.matches;
    if (this.#panel.open) this.#panel.close();
    if (modal) this.#panel.showModal();
    else this.#panel.open = this.#opened; // `show` would take the focus
    if (modal) this.#panel.setAttribute("aria-modal", "true");
    else this.#panel.removeAttribute("aria-modal");
    focused?.focus({ preventScroll: true });
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
    this.#head = new Head({
      words,
      acts: {
        restart: () => this.#askToRestart(),
        transcript: () => this.#download(),
        my_data: () => this.#downloadData(),
        forget: () => this.#ask("forget", () => this.#forget()),
      },
      onLanguage: (other) => this.#on.onLanguage(other),
      onClose: () => this.#on.onClose(),
    });
    this.#log = this.#makeLog();
    this.#status = el("p", { class: "held" });
    this.#confirm = el("div", { class: "confirm", role: "group", "aria-labelledby": "confirm", hidden: true });
    const panel = el(
      "dialog",
      {
        class: "panel",
        "aria-labelledby": "title",
        lang: words.language,
        keydown: (event) => this.#key(event),
        cancel: (event) => (event.preventDefault(), this.#back()),
        // A browser may close a modal dialog without asking twice.
        close: () => this.#opened && !this.#panel.open && this.#on.onClose(),
      },
      this.#inside,
      this.#head.bar,
      this.#head.menu,
      this.#status,
      this.#log.view,
      this.#confirm,
      this.#composer.form,
    );
    if (this.#panel) this.#panel.replaceWith(panel);
    else this.#ground.append(panel);
    this.#panel = panel;
    this.#showState();
  }

  #makeLog() {
    return new Log({
      words: this.#words,
      conversation: this.#conversation,
      acts: {
        press: ({ seq, choices }, choice) => this.#say({ press: { seq, choice } }, choices[choice]),
        judge: ({ seq }, judgement) =>
          this.#conversation.judge(seq, { ...judgement, language: this.#words.language }),
        data: () => this.#downloadData(),
        retry: ({ id }) => {
          this.#conversation.retry(id);
          this.#composer.focus();
        },
        edit: ({ id, title }) => {
          this.#conversation.drop(id);
          this.#composer.draft = title;
          this.#composer.focus();
        },
      },
    });
  }

  #say(said, title) {
    this.#conversation.say(said, title, this.#words.language);
    this.#log.toEnd();
  }

  #heard({ message, live }) {
    this.#log.add(message, live);
    if (!live || message.author === "citizen") return;
    this.#announce(...announcement(message, this.#words));
    if (!this.#opened) this.#on.onUnread(++this.#unread);
  }

  #announce(...spoken) {
    const said = el("p", { lang: this.#words.language }, ...spoken);
    (this.#opened ? this.#inside : this.#outside).append(said);
    setTimeout(() => said.remove(), ANNOUNCED_MS);
  }

  #showState() {
    const { state, connected } = this.#conversation;
    const text = connected ? this.#heldBy(state) : this.#words.say("offline");
    if (this.#status.textContent !== text) {
      this.#status.textContent = text;
      if (!connected) this.#announce(text); // who holds the conversation is told by messages
    }
    this.#status.className = `held ${connected ? state.held_by : "offline"}`;
    this.#head.show(state);
    this.#composer.show(state);
    this.#log.showState();
  }

  #heldBy({ held_by: owner, officer, place, open }) {
    if (owner === "bot") return "";
    if (owner === "queue") return this.#words.say(open === false ? "held_queue_closed" : "held_queue", { place: place ?? 1 });
    if (owner !== "officer") return this.#words.say(`held_${owner}`);
    return officer ? this.#words.say("held_officer", { name: officer }) : this.#words.say("held_officer_unnamed");
  }

  #reset(why) {
    this.#log.empty();
    this.#confirm.hidden = true;
    if (why === "forgotten" || why === "restarted") this.#tell(why);
    this.#log.showPending();
    this.#showState();
  }

  /** Say something of the widget's own in the log. */
  #tell(key) {
    const text = this.#words.say(key);
    this.#log.tell(text);
    this.#announce(text);
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
    this.#head.focus();
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
    this.#head.focus();
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

  #key(event) {
    if (event.key === "Tab" && this.#covering.matches) this.#stayInside(event);
    if (event.key !== "Escape") return;
    event.preventDefault();
    this.#back();
  }

  /** One step back: out of the menu, of a question, of the chat. */
  #back() {
    if (!this.#head.menu.hidden) {
      this.#head.toggle(false);
      this.#head.focus();
    } else if (!this.#confirm.hidden) this.#keep();
    else this.#on.onClose();
  }

  /** Where the panel covers the page, the focus does not go behind it, nor to the browser's own bars. */
  #stayInside(event) {
    const reachable = [...this.#panel.querySelectorAll("a[href], button, textarea, input, [tabindex='0']")].filter(
      (element) => !element.disabled && element.getClientRects().length > 0,
    );
    const edge = event.shiftKey ? reachable[0] : reachable.at(-1);
    if (this.#active !== edge) return;
    event.preventDefault();
    (event.shiftKey ? reachable.at(-1) : reachable[0]).focus();
  }
}
