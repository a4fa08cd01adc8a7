// The stream of events: read, held to be alive, and taken up again where it stood.

import { Refusal } from "./desk.js";
import { growing } from "./waits.js";

const LOOK_MS = 5_000;
const SILENT_MS = 40_000; // the desk is heard every 15 seconds; this long without it the connection is dead
const STALE_MS = 20_000; // on coming back to the page, do not wait that long to find out
const ASLEEP_MS = 30_000; // a clock that should tick every 5 seconds and missed this much: the machine slept

export class Stream {
  #connect;
  #onEvent;
  #onConnected;
  #onRefused;
  #running = null; // the AbortController of the present run
  #attempt = null; // and that of its present connection
  #heardAt = 0;
  #wake = () => {};

  /**
   * `connect(signal)` asks for the stream; `onEvent(name, data)` hears each event; `onConnected(yes)` whether it can
   * be reached; `onRefused(refusal)` that it never will be.
   */
  constructor({ connect, onEvent, onConnected, onRefused }) {
    this.#connect = connect;
    this.#onEvent = onEvent;
    this.#onConnected = onConnected;
    this.#onRefused = onRefused;
    this.#watch();
  }

  start() {
    if (this.#running) return;
    this.#running = new AbortController();
    this.#run(this.#running.signal);
  }

  stop() {
    this.#running?.abort();
    this.#running = null;
    this.#attempt?.abort();
    this.#wake();
  }

  /** Connect anew now, without waiting for the next try. */
  again() {
    this.#attempt?.abort();
    this.#wake();
  }

  async #run(stopped) {
    let failures = 0;
    while (!stopped.aborted) {
      this.#attempt = new AbortController();
      this.#heardAt = Date.now();
      try {
        const response = await this.#connect(this.#attempt.signal);
        if (!stopped.aborted) this.#onConnected(true);
        failures = 0;
        await this.#read(response.body, stopped);
      } catch (error) {
        if (stopped.aborted) return;
        if (error instanceof Refusal && !error.passing) {
          this.#running = null;
          this.#onRefused(error);
          return;
        }
      }
      if (stopped.aborted) return;
      // A stream that ended and comes back at once is no loss worth a word.
      if (failures > 0 || !navigator.onLine) this.#onConnected(false);
      await this.#rest(growing(failures));
      failures += 1;
    }
  }

  async #read(body, stopped) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new Parser();
    for (;;) {
      const { done, value } = await reader.read();
      if (done || stopped.aborted) return;
      this.#heardAt = Date.now();
      for (const [name, data] of parser.feed(value)) {
        this.#onEvent(name, data);
        if (stopped.aborted) return;
      }
    }
  }

  #rest(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #watch() {
    let ticked = Date.now();
    setInterval(() => {
      const now = Date.now();
      const asleep = now - ticked > LOOK_MS + ASLEEP_MS;
      ticked = now;
      if (asleep || now - this.#heardAt > SILENT_MS) this.again();
    }, LOOK_MS);
    addEventListener("online", () => this.again());
    addEventListener("offline", () => {
      if (!this.#running) return;
      this.#onConnected(false);
      this.#attempt?.abort();
    });
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && Date.now() - this.#heardAt > STALE_MS) this.again();
    });
  }
}

/** Cuts what arrives, in whatever pieces, into events. */
export class Parser {
  #rest = "";
  #name = "";
  #data = [];

  /** The events that `text` completes, as [name, data]. */
  feed(text) {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop();
    return lines.map((line) => this.#take(line.replace(/\r$/, ""))).filter(Boolean);
  }

  #take(line) {
    if (line === "") return this.#complete();
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line);
    if (field === "event") this.#name = value;
    else if (field === "data") this.#data.push(value);
    return null;
  }

  #complete() {
    const [name, data] = [this.#name, this.#data.join("\n")];
    this.#name = "";
    this.#data = [];
    return data ? [name, JSON.parse(data)] : null;
  }
}
