// Asks the server that the page came from, with the key that somebody typed into the page and that is kept there only.

import { at } from "./page.js";

export const UNANSWERED = "The server does not answer. Is it still running?";

/** The server did not answer, or refused; the message is for people. */
export class Refused extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status; // of HTTP; 0: no answer
  }
}

export const key = () => at("key").value.trim();

export function askForKey(wanted) {
  at("access").hidden = !wanted;
  if (wanted) at("key").focus();
}

/** Do something when a key was typed. */
export function onKey(use) {
  at("access").addEventListener("submit", (event) => {
    event.preventDefault();
    use();
  });
}

/** Ask for an address below that of the server; throws `Refused`. */
export async function ask(path, { query = {}, ...options } = {}) {
  const address = new URL(path, document.baseURI);
  address.search = new URLSearchParams(Object.entries(query).filter(([, value]) => value));
  let answer;
  try {
    answer = await fetch(address, { ...options, headers: key() ? { Authorization: `Bearer ${key()}` } : {} });
  } catch {
    throw new Refused(UNANSWERED);
  }
  if (answer.ok) return answer;
  if (answer.status === 401) throw new Refused(key() ? "This key was not accepted." : "A key is needed.", 401);
  const told = await answer.json().catch(() => ({}));
  throw new Refused(told.error?.message ?? `The server answered with an error (HTTP ${answer.status}).`, answer.status);
}

export async function get(path, query) {
  return (await ask(path, { query })).json();
}

/** Find out why a connection ended without a word, which a browser does not tell: gone, draining, full, or open. */
export async function readiness() {
  let answer;
  try {
    answer = await fetch(new URL("readyz", document.baseURI));
  } catch {
    return "gone";
  }
  if (answer.status !== 503) return "open";
  return (await answer.json()).draining ? "draining" : "full";
}
