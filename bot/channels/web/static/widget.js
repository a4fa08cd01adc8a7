// The launcher: all that a page of the ministry loads until a citizen asks a question.
//
// <script src="https://desk.example/widget.js" defer></script> is the whole of it: it defines <guichet-chat>,
// puts one on the page if the page has none, and shows its button. The chat itself comes at the first opening.
(() => {
  "use strict";

  const NAME = "guichet-chat";
  if (customElements.get(NAME)) return;

  const { version, words } = GUICHET_SETTINGS; // the desk puts its own in this place
  const desk = new URL(document.currentScript.src).origin;
  const files = `${desk}/static/${version}/`;
  const LANGUAGES = ["fr", "en"];

  // A page's own rules for the element itself outweigh :host, all but those that are marked here.
  const STYLE = `
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

  /** The widget of this window: made once, and at home in one <guichet-chat> after the other as pages come and go. */
  class Widget {
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

    constructor() {
      this.#ground.className = "guichet";
      this.#adopt(STYLE);
      this.#button = document.createElement("button");
      this.#button.type = "button";
      this.#button.className = "launcher";
      this.#button.setAttribute("aria-haspopup", "dialog");
      this.#label = document.createElement("span");
      this.#button.append(icon(ICON), this.#label);
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
      const placed = [...connected].filter((element) => element !== this.#own);
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

    /** A page took an element away; the next page may be about to bring another. */
    leave(element) {
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
      if (!this.#failed.hidden) this.#failed.textContent = words[language].failed;
      this.#chat?.speak(language);
    }

    #name() {
      const said = words[this.#language];
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
        this.#failed.textContent = words[this.#language].failed;
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
      // A browser may remember that a module failed to load, so another try has another address.
      const again = this.#tries++ ? `?try=${this.#tries}` : "";
      const [{ start }, style, catalogue] = await Promise.all([
        import(`${files}chat.js${again}`),
        fetched("chat.css", (response) => response.text()),
        fetched("words.json", (response) => response.json()),
      ]);
      this.#adopt(style);
      return start({
        ground: this.#ground,
        desk,
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

  const connected = new Set();
  const widget = new Widget();

  /** A place for the widget. A page may have its own, with its `lang`, and open the chat by the attribute `open`. */
  class GuichetChat extends HTMLElement {
    static observedAttributes = ["lang", "open"];

    root = this.attachShadow({ mode: "open" });

    connectedCallback() {
      connected.add(this);
      widget.settle();
    }

    disconnectedCallback() {
      connected.delete(this);
      widget.leave(this);
    }

    attributeChangedCallback(name, before, now) {
      widget.heed(this, name, before, now);
    }
  }

  async function fetched(name, read) {
    const response = await fetch(files + name, { credentials: "omit" });
    if (!response.ok) throw new Error(`${name}: ${response.status}`);
    return read(response);
  }

  function icon(path) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("fill", "none");
    svg.setAttribute("stroke", "currentColor");
    svg.setAttribute("stroke-width", "1.8");
    svg.setAttribute("aria-hidden", "true");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  }

  // A page or a browser may refuse storage, even the mere look at it; then nothing is remembered.
  function localStorageOf() {
    return localStorage;
  }

  function sessionStorageOf() {
    return sessionStorage;
  }

  function recall(storage, key) {
    try {
      return JSON.parse(storage().getItem(`guichet.${key}`));
    } catch {
      return null;
    }
  }

  function keep(storage, key, value) {
    try {
      storage().setItem(`guichet.${key}`, JSON.stringify(value));
    } catch {
      // As if it had not been kept.
    }
  }

  // What is done inside stays inside: a page that hears a key would take it for one of its shortcuts, and one that hears
  // the focus, the wheel or a copy might take that for itself. This listener stands on the window and goes first, so that
  // it holds whatever a page listens with, except what listens on the window in the capture phase since before this
  // script ran. What the widget itself wants to hear is told to it again, and does not leave its shadow tree.
  const INSIDE = [
    ...["keydown", "keypress", "keyup", "beforeinput", "input", "compositionstart", "compositionupdate"],
    ...["compositionend", "copy", "cut", "paste", "selectstart", "contextmenu", "dragstart", "dragover", "drop"],
    ...["focus", "focusin", "focusout", "blur", "wheel", "touchmove"],
  ];
  const TOLD = {
    keydown: ({ key, code, shiftKey, ctrlKey, altKey, metaKey, repeat, isComposing }) =>
      new KeyboardEvent("keydown", {
        ...{ key, code, shiftKey, ctrlKey, altKey, metaKey, repeat, isComposing },
        ...{ bubbles: true, cancelable: true },
      }),
    input: () => new Event("input", { bubbles: true }),
  };

  function keepInside(event) {
    const path = event.composedPath();
    if (!widget.holds(path)) return;
    event.stopImmediatePropagation();
    if (event.type === "focusin") widget.focus(path[0]);
    else if (event.type === "focusout") widget.blur();
    const told = TOLD[event.type]?.(event);
    if (told && !path[0].dispatchEvent(told)) event.preventDefault();
  }

  for (const type of INSIDE) {
    const passive = type === "wheel" || type === "touchmove" ? { passive: true } : {};
    addEventListener(type, keepInside, { capture: true, ...passive });
  }

  // What a page marks opens the chat: <button data-guichet-open>, and <button data-guichet-ask="a question"> asks as well.
  document.addEventListener("click", (event) => {
    const pressed = event.target.closest?.("[data-guichet-open], [data-guichet-ask]");
    if (!pressed) return;
    event.preventDefault();
    widget.open(pressed, pressed.dataset.guichetAsk);
  });

  // Turbo can change a page into the next one instead of replacing it: what is open there is not the next page's matter.
  document.addEventListener("turbo:before-morph-attribute", (event) => {
    if (event.target instanceof GuichetChat && event.detail.attributeName === "open") event.preventDefault();
  });

  customElements.define(NAME, GuichetChat); // an element that the page has is at home from here on
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => widget.settle());
  else widget.settle();
})();
