// Looks at what the server records of the call that goes on, where it may: with an API key, or where none is needed.

import { Refused, get } from "./server.js";

const EVERY = 1000; // milliseconds between two looks
const TRIES = 5; // in a row without a result: a call that has just begun is not found yet
const FORBIDDEN = new Set([401, 403]);
const LAST = 1500; // milliseconds after the end of the call: then all of it is recorded

export class Record {
  /** `told` takes what the server has of the call. */
  constructor(call, told) {
    this.call = call;
    this.told = told;
    this.tries = TRIES;
    this.over = false;
    this.timer = setTimeout(() => this.look());
  }

  async look() {
    const last = this.over;
    try {
      this.told(await get(`v1/calls/${encodeURIComponent(this.call)}`));
      this.tries = TRIES;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (FORBIDDEN.has(error.status) || --this.tries <= 0) return; // not for whoever is here, or not recorded
    }
    if (!last) this.timer = setTimeout(() => this.look(), this.over ? LAST : EVERY);
  }

  /** The call is over: look once more. */
  end() {
    this.over = true;
  }

  /** Look no more: there is another call. */
  stop() {
    clearTimeout(this.timer);
    this.told = () => {};
    this.over = true;
  }
}
