// What a browser remembers of the widget: for good, or as long as its tab is open.
// A page or a browser may refuse storage, even the mere look at it; then nothing is remembered.

export function localStorageOf() {
  return localStorage;
}

export function sessionStorageOf() {
  return sessionStorage;
}

/** What is kept under `key`; null if nothing is. */
export function recall(storage, key) {
  try {
    return JSON.parse(storage().getItem(`guichet.${key}`));
  } catch {
    return null;
  }
}

/** Keep `value` under `key`, if it can be kept. */
export function keep(storage, key, value) {
  try {
    storage().setItem(`guichet.${key}`, JSON.stringify(value));
  } catch {
    // As if it had not been kept.
  }
}
