// The conversation as this page knows it: what was said, what waits to be sent, who holds it. No element in here.

import { Desk, Refusal } from "./desk.js";
import { Outbox } from "./outbox.js";
import { Store } from "./store.js";
import { Stream } from "./stream.js";
import { growing } from "./waits.js";

const NOBODY = { held_by: "bot", officer: null, answering: false };
const HIDDEN_MS = 60_000; // a page that nobody looks at gives its connection back: a browser has few for one host
const TYPING_MS = 3_000;
const SENDING = "guichet.sending"; // one page of the site sends at a time

/**
 * Tells of itself by events: `message` (detail: {message, live}), `pending`, `state`, `reset` (detail: {why}).
 * `live` is false for what was said before this page came.
 */
export class Conversation extends EventTarget {
  messages = [];
  state = NOBODY;
  connected = navigator.onLine;

  #desk;
  #store = new Store("guichet.");
  #outbox = new Outbox(this.#store);
  #stream;
  #token; // of the conversation that is shown
  #sent = new Map(); // what the desk has and has not yet told of, by id
  #replaying; // what comes now was said before this page came
  #failures = 0;
  #delayed = false; // something is not sent at the first try
  #timer = null;
  #flushing = false;
  #until = 0; // the desk asked to wait until then
  #resting = null;
  #typedAt = 0;

  constructor(origin) {
    super();
    this.#desk = new Desk(origin);
    this.#stream = new Stream({
      connect: (signal) => this.#desk.events(this.#token, this.#last, signal),
      onEvent: (name, data) => this.#heard(name, data),
      onConnected: (yes) => this.#connection(yes),
      onRefused: (refusal) => this.#void(refusal, this.#token),
    });
    this.#store.onChange((key) => this.#changedElsewhere(key));
    addEventListener("online", () => this.#online());
    addEventListener("offline", () => this.#connection(false));
    addEventListener("pagehide", () => this.#stream.stop()); // a browser may keep the page, but not what it listens to
    addEventListener("pageshow", ({ persisted }) => persisted && this.#cameBack());
    document.addEventListener("visibilitychange", () => this.#looked());
  }

  /** Take up the conversation that this browser has, and send what is left. */
  start() {
    this.#take(this.#store.get("token"), true);
    this.flush();
  }

  get begun() {
    return this.#token !== null || this.messages.length > 0;
  }

  /** What is said and not yet told by the desk, in order; each with its `status`. */
  get pending() {
    const waiting = this.#outbox.items.map((item) => ({ ...item, status: this.#status(item) }));
    return [...[...this.#sent.values()].map((item) => ({ ...item, status: "sent" })), ...waiting];
  }

  /**
   * The assistant's last message, if its choices may be pressed: not while a person answers, and not once one has, or
   * the conversation has ended; what is replayed is not known to be the last.
   */
  get open() {
    const last = this.messages.findLast((message) => message.author !== "citizen");
    const ended = this.state.held_by === "officer" || this.state.held_by === "closed" || this.#replaying;
    const closed = ended || last?.author !== "bot" || this.pending.some((item) => item.said.press);
    return closed ? undefined : last;
  }

  /** Which choice under the message `seq` was pressed, from 0; undefined if none was, as far as one can see. */
  chosen(seq) {
    const waits = this.pending.find(({ said }) => said.press?.seq === seq);
    if (waits) return waits.said.press.choice;
    const at = this.messages.findIndex((message) => message.seq === seq);
    const next = this.messages.find((message, place) => place > at && message.author !== "system");
    if (next?.author !== "citizen" || next.kind !== "press") return undefined;
    const choice = this.messages[at].choices.indexOf(next.text);
    return choice < 0 ? undefined : choice;
  }

  /** Say something: {text}, {press: {seq, choice}} or {verb}; `title` is what the citizen sees of it. */
  say(said, title, language) {
    const id = randomId();
    this.#outbox.add({ id, said, title, language, at: new Date().toISOString() });
    this.#tell("pending");
    this.flush();
  }

  /** Try a refused message again. */
  retry(id) {
    this.#outbox.change(
      (item) => item.id === id,
      () => ({ refused: undefined }),
    );
    this.#tell("pending");
    this.flush();
  }

  /** Take back a message that was not sent. */
  drop(id) {
    this.#outbox.drop(id);
    this.#tell("pending");
  }

  /** The citizen types: an officer who is there sees it. */
  type() {
    if (this.state.held_by !== "officer" || Date.now() - this.#typedAt < TYPING_MS) return;
    this.#typedAt = Date.now();
    this.#desk.type(this.#token).catch(() => {}); // a hint, no message: nothing is lost with it
  }

  async judge(seq, judgement) {
    await this.#desk.judge(this.#token, { seq, ...judgement });
    const message = this.messages.find((said) => said.seq === seq);
    if (message) message.helpful = judgement.helpful;
  }

  transcript(language) {
    return this.#desk.transcript(this.#token, language);
  }

  /** Whether a request was left here, as the messages tell that are on the page. */
  get leftRequest() {
    return this.messages.some((message) => message.ticket?.reference || message.tickets?.length);
  }

  /** Where all that is kept of this conversation is fetched. */
  data() {
    return this.#desk.data(this.#token);
  }

  /** Leave this conversation for a new one. */
  restart() {
    if (this.#token) this.#desk.close(this.#token).catch(() => {}); // the desk also closes it in time
    this.#leave("restarted");
  }

  /** Have everything erased. Throws if the desk did not hear it. */
  async forget() {
    try {
      if (this.#token && (await this.#desk.forget(this.#token))) return this.#outbox.clear(); // the stream tells of it
    } catch (error) {
      if (error.status !== 401) throw error; // erased already
    }
    this.#leave("forgotten");
  }

  /** Send what waits, unless a page is at it. */
  async flush() {
    if (this.#flushing) return;
    this.#flushing = true;
    clearTimeout(this.#timer);
    let wait = 0;
    while (wait === 0) wait = await exclusively(() => this.#sendNext());
    this.#flushing = false;
    this.#tell("pending");
    if (wait !== null) this.#timer = setTimeout(() => this.flush(), wait);
    else if (this.#outbox.next) this.flush(); // said while the last answer came
  }

  /** Send one message. How many milliseconds to wait before the next; null if there is none. */
  async #sendNext() {
    const item = this.#outbox.next;
    if (!item) return null;
    if (this.#until > Date.now()) return this.#until - Date.now();
    const known = this.#store.get("token");
    let token = known;
    try {
      if (!token) {
        token = await this.#desk.begin(item.language);
        this.#store.set("token", token);
      }
      if (token !== this.#token) this.#take(token, token === known);
      await this.#desk.send(token, { id: item.id, language: item.language, ...item.said });
    } catch (error) {
      return this.#notSent(item, error, token);
    }
    this.#failures = 0;
    this.#delayed = false;
    // The stream may have told of it already.
    if (this.#outbox.has(item.id)) {
      this.#sent.set(item.id, item);
      this.#outbox.drop(item.id);
      this.#tell("pending");
    }
    return 0;
  }

  #notSent(item, error, token) {
    if (error instanceof Refusal && error.status === 401) {
      this.#void(error, token);
      return 0;
    }
    if (error instanceof Refusal && !error.passing) {
      this.#outbox.change(
        ({ id }) => id === item.id,
        () => ({ refused: error.messages ?? {} }),
      );
      this.#tell("pending");
      return 0;
    }
    this.#delayed = true;
    this.#tell("pending");
    if (!error.retryAfter) return growing(this.#failures++);
    this.#until = Date.now() + error.retryAfter * 1000;
    return error.retryAfter * 1000;
  }

  #status(item) {
    if (item.refused) return "refused";
    if (!navigator.onLine) return "waiting";
    return this.#delayed ? "later" : "sending";
  }

  get #last() {
    return this.messages.at(-1)?.seq ?? 0;
  }

  #heard(name, data) {
    if (name === "message") this.#message(data);
    else if (name === "state") {
      this.#replaying = false;
      this.state = data;
      this.#tell("state");
    } else if (name === "forgotten") this.#leave("forgotten");
  }

  #message(message) {
    if (message.seq <= this.#last) return;
    if (message.erased) this.#empty();
    this.messages.push(message);
    const own = message.client_id;
    if (own) {
      this.#outbox.drop(own);
      this.#sent.delete(own);
    }
    this.#tell("message", { message, live: !this.#replaying });
    this.#tell("pending");
  }

  /** What was said before is gone; the conversation goes on. */
  #empty() {
    this.messages = [];
    this.#sent.clear();
    this.#tell("reset", { why: "emptied" });
  }

  #online() {
    if (!this.#token) this.#connection(true); // otherwise the stream tells
    this.flush();
  }

  #connection(yes) {
    if (this.connected === yes) return;
    this.connected = yes;
    this.#tell("state");
    this.#tell("pending");
    if (yes) this.flush();
  }

  /** The desk no longer knows the token: what waits goes to a new conversation. */
  #void(refusal, token) {
    if (refusal.status !== 401) this.#connection(false);
    if (refusal.status !== 401 || this.#store.get("token") !== token) return;
    this.#store.remove("token");
    // A choice under a message that is gone becomes the words it had.
    this.#outbox.change(
      (item) => item.said.press,
      (item) => ({ said: { text: item.title } }),
    );
    this.#take(null, false);
    this.#tell("reset", { why: "void" });
    this.flush();
  }

  /** Show another conversation, or none. */
  #take(token, replaying) {
    this.#stream.stop();
    this.#token = token;
    this.messages = [];
    this.state = NOBODY;
    this.#sent.clear();
    this.#replaying = replaying;
    if (token) this.#stream.start();
  }

  #leave(why) {
    this.#outbox.clear();
    this.#store.remove("token");
    this.#take(null, false);
    this.#tell("reset", { why });
  }

  #changedElsewhere(key) {
    const token = this.#store.get("token");
    if ((key === "token" || key === null) && token !== this.#token) {
      this.#take(token, true);
      this.#tell("reset", { why: "elsewhere" });
    }
    this.#tell("pending");
    if (key === "queue" && this.#outbox.next) this.flush();
  }

  #looked() {
    clearTimeout(this.#resting);
    if (document.hidden) this.#resting = setTimeout(() => this.#stream.stop(), HIDDEN_MS);
    else if (this.#token) {
      this.#stream.start();
      this.flush();
    }
  }

  /** The browser had kept the page while the citizen was elsewhere. */
  #cameBack() {
    this.#changedElsewhere(null);
    if (this.#token) this.#stream.start();
    this.flush();
  }

  #tell(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

// Where the browser has no locks, the desk tells doubles by their id.
/** `work` while no other page of the site is at it. */
function exclusively(work) {
  return navigator.locks ? navigator.locks.request(SENDING, work) : work();
}

function randomId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Only pages served over HTTPS have the former.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
