// The transcript of a call as text to keep.

import { lineOf } from "./facts.js";
import { make } from "./page.js";
import { momentsOf } from "./timeline.js";
import { clock } from "./words.js";

/** Write what happened in a call, a line for each thing. */
export function transcriptOf(timeline) {
  return momentsOf(timeline).map(({ at, fact }) => `${clock(at, { tenths: true })}  ${lineOf(fact, timeline)}`).join("\n") + "\n";
}

/** Let the browser save a text as a file. */
export function save(name, text, type = "text/plain") {
  const address = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href: address, download: name }).click();
  URL.revokeObjectURL(address);
}
