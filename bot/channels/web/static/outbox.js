// What the citizen wrote and the desk does not have yet. It survives a reload, and all pages of the site share it.

const KEY = "queue";

export class Outbox {
  #store;

  constructor(store) {
    this.#store = store;
  }

  /** Everything that is not sent, in order. An item: {id, said, title, language, at, refused?}. */
  get items() {
    return this.#store.get(KEY) ?? [];
  }

  /** The item to send next: one that was refused waits for the citizen. */
  get next() {
    return this.items.find((item) => !item.refused);
  }

  has(id) {
    return this.items.some((item) => item.id === id);
  }

  add(item) {
    this.#store.set(KEY, [...this.items, item]);
  }

  drop(id) {
    if (this.has(id))
      this.#store.set(
        KEY,
        this.items.filter((item) => item.id !== id),
      );
  }

  /** Change what the items say that `which` picks. */
  change(which, changed) {
    this.#store.set(
      KEY,
      this.items.map((item) => (which(item) ? { ...item, ...changed(item) } : item)),
    );
  }

  clear() {
    this.#store.remove(KEY);
  }
}
