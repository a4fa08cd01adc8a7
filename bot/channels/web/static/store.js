// What the browser keeps for the page: the conversation's token and what is not yet sent.

/** localStorage where the browser grants it; what it refuses lasts as long as the page. */
export class Store {
  #prefix;
  #refused = new Map();

  constructor(prefix) {
    this.#prefix = prefix;
  }

  get(key) {
    if (this.#refused.has(key)) return this.#refused.get(key);
    try {
      return JSON.parse(localStorage.getItem(this.#prefix + key));
    } catch {
      return null;
    }
  }

  set(key, value) {
    try {
      localStorage.setItem(this.#prefix + key, JSON.stringify(value));
      this.#refused.delete(key);
    } catch {
      this.#refused.set(key, value);
    }
  }

  remove(key) {
    this.#refused.delete(key);
    try {
      localStorage.removeItem(this.#prefix + key);
    } catch {
      // Nothing was kept, then.
    }
  }

  /** Call `heard` with the key that another page of the same site changed. */
  onChange(heard) {
    addEventListener("storage", ({ key }) => {
      if (key === null) heard(null);
      else if (key.startsWith(this.#prefix)) heard(key.slice(this.#prefix.length));
    });
  }
}
