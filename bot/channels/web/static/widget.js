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

  const STYLE = `
    :host { all: initial; position: fixed; inset: auto 0 0 auto; z-index: 2147483000; color-scheme: light dark;
      font: medium/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
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
    @media print { :host { display: none; } }
  `;

  const ICON =
    "M4 4h16a1 1 0 0 1 1 1v11a1 1 0 0 1-1 1h-8.5L6.6 20.7A.6.6 0 0 1 5.6 20.3V17H4a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1z";

  class GuichetChat extends HTMLElement {
    static observedAttributes = ["lang", "open"];

    #root = this.attachShadow({ mode: "open" });
    #observer = new MutationObserver(() => this.#speak());
    #button;
    #label;
    #failed;
    #chat = null;
    #loading = null;
    #tries = 0;
    #unread = 0;
    #pressed = false;

    connectedCallback() {
      if (!this.#button) this.#build();
      this.#observer.observe(document.documentElement, { attributes: true, attributeFilter: ["lang"], subtree: true });
      this.#speak();
      if (this.#wasOpen()) this.setAttribute("open", "");
      else if (recall(localStorageOf, "queue")?.length) this.#sendWhatWaits();
    }

    disconnectedCallback() {
      this.#observer.disconnect();
    }

    attributeChangedCallback(name, before, now) {
      if (!this.#button) return;
      if (name === "lang") this.#speak();
      else if ((before === null) !== (now === null)) now === null ? this.#hide() : this.#show();
    }

    /** The language that the page asks for: that of the nearest `lang`; French if it is neither of ours. */
    get #hostLanguage() {
      const code = (this.closest("[lang]")?.lang ?? "").slice(0, 2).toLowerCase();
      return LANGUAGES.includes(code) ? code : LANGUAGES[0];
    }

    /** The language of the widget. A citizen's choice holds until the page's own language changes. */
    get #language() {
      const host = this.#hostLanguage;
      const choice = recall(localStorageOf, "language");
      return choice?.host === host && LANGUAGES.includes(choice.chosen) ? choice.chosen : host;
    }

    #build() {
      const style = new CSSStyleSheet();
      style.replaceSync(STYLE);
      this.#root.adoptedStyleSheets = [style];
      this.#button = document.createElement("button");
      this.#button.type = "button";
      this.#button.className = "launcher";
      this.#button.setAttribute("aria-haspopup", "dialog");
      this.#label = document.createElement("span");
      this.#button.append(icon(ICON), this.#label);
      this.#button.addEventListener("click", () => {
        this.#pressed = true;
        if (this.hasAttribute("open")) this.#show();
        else this.setAttribute("open", "");
      });
      this.#failed = document.createElement("p");
      this.#failed.className = "failed";
      this.#failed.setAttribute("role", "alert");
      this.#failed.hidden = true;
      this.#root.append(this.#button, this.#failed);
    }

    #speak() {
      const language = this.#language;
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
      const focus = this.#pressed;
      this.#pressed = false;
      this.#failed.hidden = true;
      this.#button.setAttribute("aria-busy", "true");
      try {
        this.#chat = await (this.#loading ??= this.#load());
      } catch {
        this.#loading = null;
        this.removeAttribute("open");
        this.#failed.textContent = words[this.#language].failed;
        this.#failed.hidden = false;
        return;
      } finally {
        this.#button.removeAttribute("aria-busy");
      }
      if (!this.hasAttribute("open")) return; // closed again meanwhile
      this.#unread = 0;
      this.#name();
      this.#button.hidden = true;
      keep(sessionStorageOf, "open", true);
      this.#chat.open({ focus });
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
      const focused = this.#root.activeElement !== null;
      this.#button.hidden = false;
      this.#chat.close();
      keep(sessionStorageOf, "open", false);
      if (focused) this.#button.focus();
    }

    async #load() {
      // A browser may remember that a module failed to load, so another try has another address.
      const again = this.#tries++ ? `?try=${this.#tries}` : "";
      const [{ start }, style, catalogue] = await Promise.all([
        import(`${files}chat.js${again}`),
        fetched("chat.css", (response) => response.text()),
        fetched("words.json", (response) => response.json()),
      ]);
      return start({
        root: this.#root,
        desk,
        style,
        catalogue,
        language: this.#language,
        onClose: () => this.removeAttribute("open"),
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

  customElements.define(NAME, GuichetChat);
  const place = () => {
    if (!document.querySelector(NAME)) document.body.append(document.createElement(NAME));
  };
  if (document.body) place();
  else document.addEventListener("DOMContentLoaded", place);
})();
