// The desk's HTTP interface (docs/chat-api.md).

const PATIENCE_MS = 20_000;

/** The desk answered, and not with what was asked. `messages`: why, in both languages, if it said so. */
export class Refusal extends Error {
  constructor(status, { code = null, messages = null } = {}, retryAfter = null) {
    super(`${status} ${code ?? ""}`);
    this.status = status;
    this.code = code;
    this.messages = messages;
    this.retryAfter = retryAfter;
  }

  /** Whether the same request may succeed later. */
  get passing() {
    return this.status === 429 || this.status === 408 || this.status >= 500;
  }
}

export class Desk {
  #address;

  constructor(origin) {
    this.#address = `${origin}/chat/`;
  }

  /** Begin a conversation; its token. */
  async begin(language) {
    const response = await this.#post("conversations", null, { language });
    return (await response.json()).token;
  }

  async send(token, message) {
    await this.#post("messages", token, message);
  }

  async judge(token, judgement) {
    await this.#post("feedback", token, judgement);
  }

  async type(token) {
    await this.#post("typing", token, {});
  }

  async close(token) {
    await this.#post("close", token, {});
  }

  /** Whether the token stays: an answer is still to come by it. */
  async forget(token) {
    return (await this.#post("forget", token, {})).status === 200;
  }

  /** The conversation as a text file. */
  async transcript(token, language) {
    const response = await this.#ask(`transcript?lang=${language}`, { headers: bearer(token) }, PATIENCE_MS);
    return response.blob();
  }

  /** Everything that is kept of the citizen, as a JSON file. */
  async data(token) {
    const response = await this.#ask("data", { headers: bearer(token) }, PATIENCE_MS);
    return response.blob();
  }

  /** The stream of events after the place `last`. */
  events(token, last, signal) {
    const headers = { ...bearer(token), Accept: "text/event-stream" };
    if (last) headers["Last-Event-ID"] = String(last);
    return this.#ask("events", { headers, signal });
  }

  #post(path, token, body) {
    const headers = { "Content-Type": "application/json", ...(token ? bearer(token) : {}) };
    return this.#ask(path, { method: "POST", headers, body: JSON.stringify(body), keepalive: true }, PATIENCE_MS);
  }

  async #ask(path, options, patience = null) {
    const limit = new AbortController();
    const timer = patience && setTimeout(() => limit.abort(), patience);
    try {
      const response = await fetch(this.#address + path, {
        credentials: "omit",
        cache: "no-store",
        signal: limit.signal,
        ...options,
      });
      if (!response.ok) throw await refusal(response);
      return response;
    } finally {
      clearTimeout(timer);
    }
  }
}

function bearer(token) {
  return { Authorization: `Bearer ${token}` };
}

async function refusal(response) {
  const seconds = Number(response.headers.get("Retry-After"));
  let error;
  try {
    ({ error } = await response.json());
  } catch {
    // Something between the page and the desk answered in its own words.
  }
  return new Refusal(response.status, error ?? {}, seconds > 0 ? seconds : null);
}
