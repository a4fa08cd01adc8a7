// The widget of a window: its button, where it stands in the page, and the chat once it is opened.

import { STYLE, icon } from "./look.js";
import { keep, localStorageOf, recall, sessionStorageOf } from "./storage.js";

export const NAME = "guichet-chat";
const LANGUAGES = ["fr", "en"];

/** The widget of this window: made once, and at home in one <guichet-chat> after the other as pages come and go. */
export class Widget {
  #desk;
  #version;
  #words;
  #elements = new Set(); // that stand in the page
  #home = null; // the element in whose shadow tree it stands
  #own = null; // the element for pages that have none
  #ground = document.createElement("div"); // everything that it shows
  #sheets = [];
  #taken = false; // a page took that element away
  #focused = null; // where the focus stands inside, or stood then
  #settling = null;
  #root = null; // of the page that is looked at
  #pages = new MutationObserver(() => {
    this.#look();
    if (this.#taken) this.#settleSoon(); // there was no page to stand on
  });
  #languages = new MutationObserver(() => this.#speak());
  #button;
  #label;
  #failed;
  #chat = null;
  #loading = null;
  #tries = 0;
  #unread = 0;
  #opener = null; // what was pressed to open the chat: the focus goes back there
  #question = null; // what it asks

  /** `desk`: its origin; `version` and `words`: as the desk put them into the launcher. */
  constructor({ desk, version, words }) {
    this.#desk = desk;
    this.#version = version;
    this.#words = words;
    this.#ground.className = "guichet";
    this.#adopt(STYLE);
    this.#button = document.createElement("button");
    this.#button.type = "button";
    this.#button.className = "launcher";
    this.#button.setAttribute("aria-haspopup", "dialog");
    this.#label = document.createElement("span");
    this.#button.append(icon(), this.#label);
    this.#button.addEventListener("click", () => this.open(this.#button));
    this.#failed = document.createElement("p");
    this.#failed.className = "failed";
    this.#failed.setAttribute("role", "alert");
    this.#failed.hidden = true;
    this.#ground.append(this.#button, this.#failed);
  }

  /** Stand where the page wants it: in the element that it placed last, else in one beside its body. */
  settle() {
    clearTimeout(this.#settling);
    const placed = [...this.#elements].filter((element) => element !== this.#own);
    let home = placed.includes(this.#home) ? this.#home : placed.at(-1);
    if (home) this.#own?.remove();
    else {
      home = this.#own ??= document.createElement(NAME);
      if (!home.isConnected) document.documentElement?.append(home); // it calls this again
    }
    if (!home.isConnected || (this.#home === home && !this.#taken)) return;
    const first = this.#home === null;
    home.root.adoptedStyleSheets = this.#sheets;
    home.root.append(this.#ground);
    if (!first) home.toggleAttribute("open", this.#home.hasAttribute("open"));
    this.#home = home;
    this.#taken = false;
    this.#look();
    if (first) this.#begin();
    else this.#chat?.moved(this.#lost);
    this.#focused = this.#active;
  }

  /** An element came into the page. */
  arrive(element) {
    this.#elements.add(element);
    this.settle();
  }

  /** A page took an element away; the next page may be about to bring another. */
  leave(element) {
    this.#elements.delete(element);
    this.#taken ||= element === this.#home;
    this.#settleSoon();
  }

  /** An attribute of an element changed. */
  heed(element, name, before, now) {
    if (element !== this.#home) return;
    if (name === "lang") this.#speak();
    else if ((before === null) !== (now === null)) now === null ? this.#hide() : this.#show();
  }

  /** Open the chat because `opener` was pressed, and say `question`. */
  open(opener, question = null) {
    this.#opener = opener;
    this.#question = question;
    if (!this.#home) this.settle(); // pressed before the page was whole
    if (this.#home.hasAttribute("open")) this.#show();
    else this.#home.setAttribute("open", "");
  }

  /** The focus came to `node` inside. */
  focus(node) {
    this.#focused = node;
  }

  /** It left, unless a page took all of it away. */
  blur() {
    setTimeout(() => {
      if (!this.#taken) this.#focused = this.#active;
    }, 0);
  }

  /** Whether an event's path leads through the widget. */
  holds(path) {
    return path.includes(this.#ground);
  }

  #settleSoon() {
    clearTimeout(this.#settling);
    // No microtask: with a page that takes away whatever it does not know it would go on for ever.
    this.#settling = setTimeout(() => this.settle(), 0);
  }

  get #active() {
    return this.#home.root.activeElement;
  }

  /** What had the focus as a page took the element away, if nothing else has it since. */
  get #lost() {
    const active = document.activeElement;
    return !active || active === document.body || active === document.documentElement ? this.#focused : null;
  }

  #begin() {
    if (this.#home.hasAttribute("open")) this.#show();
    else if (this.#wasOpen()) this.#home.setAttribute("open", "");
    else if (recall(localStorageOf, "queue")?.length) this.#sendWhatWaits();
  }

  /** Look at the page anew: its root may be another, and its language. */
  #look() {
    const root = document.documentElement;
    if (root && root !== this.#root) {
      this.#root = root;
      this.#pages.disconnect();
      this.#pages.observe(document, { childList: true });
      this.#pages.observe(root, { childList: true });
      this.#languages.disconnect();
      this.#languages.observe(root, { attributes: true, attributeFilter: ["lang"], subtree: true });
    }
    this.#speak();
  }

  /** The language that the page asks for: that of the nearest `lang`; French if it is neither of ours. */
  get #hostLanguage() {
    const from = this.#home === this.#own && !this.#home.lang ? document.body : this.#home;
    const code = (from?.closest("[lang]")?.lang ?? "").slice(0, 2).toLowerCase();
    return LANGUAGES.includes(code) ? code : LANGUAGES[0];
  }

  /** The language of the widget. A citizen's choice holds until the page's own language changes. */
  get #language() {
    const host = this.#hostLanguage;
    const choice = recall(localStorageOf, "language");
    return choice?.host === host && LANGUAGES.includes(choice.chosen) ? choice.chosen : host;
  }

  #adopt(style) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    this.#sheets = [...this.#sheets, sheet];
    if (this.#home) this.#home.root.adoptedStyleSheets = this.#sheets;
  }

  #speak() {
    const language = this.#language;
    if (this.#button.lang === language) return;
    this.#button.lang = language;
    this.#failed.lang = language;
    this.#name();
    if (!this.#failed.hidden) this.#failed.textContent = this.#words[language].failed;
    this.#chat?.speak(language);
  }

  #name() {
    const said = this.#words[this.#language];
    this.#label.textContent = said.open;
    this.#button.classList.toggle("unread", this.#unread > 0);
    if (this.#unread) this.#button.setAttribute("aria-label", said.open_unread.replace("{count}", this.#unread));
    else this.#button.removeAttribute("aria-label");
  }

  async #show() {
    const focus = this.#opener !== null;
    this.#failed.hidden = true;
    this.#button.setAttribute("aria-busy", "true");
    try {
      this.#chat = await (this.#loading ??= this.#load());
    } catch {
      this.#loading = null;
      this.#opener = null;
      this.#question = null;
      this.#home.removeAttribute("open");
      this.#failed.textContent = this.#words[this.#language].failed;
      this.#failed.hidden = false;
      return;
    } finally {
      this.#button.removeAttribute("aria-busy");
    }
    if (!this.#home.hasAttribute("open")) return; // closed again meanwhile
    this.#unread = 0;
    this.#name();
    this.#button.hidden = true;
    keep(sessionStorageOf, "open", true);
    this.#chat.open({ focus });
    if (this.#question) this.#chat.ask(this.#question);
    this.#question = null;
  }

  /** A message that the page before this one could not send does not wait for the chat to be opened. */
  async #sendWhatWaits() {
    try {
      this.#chat = await (this.#loading ??= this.#load());
      this.#chat.start();
    } catch {
      this.#loading = null; // it is tried again when the chat is opened
    }
  }

  #hide() {
    if (!this.#chat) return;
    const focused = this.#active !== null;
    this.#button.hidden = false;
    this.#chat.close();
    keep(sessionStorageOf, "open", false);
    if (focused) (this.#opener?.isConnected ? this.#opener : this.#button).focus();
    this.#opener = null;
  }

  async #load() {
    const files = `${this.#desk}/static/${this.#version}/`;
    // A browser may remember that a module failed to load, so another try has another address.
    const again = this.#tries++ ? `?try=${this.#tries}` : "";
    const [{ start }, style, catalogue] = await Promise.all([
      import(`${files}chat.js${again}`),
      fetched(`${files}chat.css`, (response) => response.text()),
      fetched(`${files}words.json`, (response) => response.json()),
    ]);
    this.#adopt(style);
    return start({
      ground: this.#ground,
      desk: this.#desk,
      catalogue,
      language: this.#language,
      onClose: () => this.#home.removeAttribute("open"),
      onUnread: (count) => {
        this.#unread = count;
        this.#name();
      },
      onLanguage: (chosen) => {
        keep(localStorageOf, "language", { host: this.#hostLanguage, chosen });
        this.#speak();
      },
    });
  }

  /** Whether the chat stood open on the page that this tab came from. Where it would cover the page, it stays away. */
  #wasOpen() {
    return (
      recall(sessionStorageOf, "open") === true && matchMedia("(min-width: 48em) and (min-height: 30em)").matches
    );
  }
}

/** What `read` makes of the desk's answer; an error if it refuses. */
async function fetched(address, read) {
  const response = await fetch(address, { credentials: "omit" });
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return read(response);
}
