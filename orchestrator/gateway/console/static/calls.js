// The calls of a server: a list with filters, and what happened in one of them. All data comes from its REST API.

import { Drawing, signs } from "./drawing.js";
import { detailsOf, lineOf } from "./facts.js";
import * as view from "./calls-view.js";
import { Deleting } from "./deleting.js";
import { at, problem, say } from "./page.js";
import { Recording } from "./recording.js";
import { Refused, ask, askForKey, get, onKey } from "./server.js";
import { lengthOf } from "./timeline.js";
import { save, transcriptOf } from "./transcript.js";
import { waterfall } from "./waterfall.js";
import { count } from "./words.js";

const LIST = 3000; // milliseconds between two looks at the list
const CALL = 1000; // at a call that goes on
const DELIVERY = 10_000; // at one that is on its way to whom the team file names
const FILTERS = ["text", "agent", "team", "ending", "since", "until"];
const DAY = 24 * 3600;

let calls = []; // that are listed, the newest first
let pages = 1; // of the list, that were asked for
let open = null; // the call that is shown, as the server told it
let told = ""; // what the server told last of it
let chosen = null; // the fact that is shown, by its place in the timeline
let failing = false; // the last look at the server failed
let asked = 0; // counts the questions: only the answer to the last one is shown

const drawing = new Drawing(at("labels"), at("chart"), choose);
const recording = new Recording(at("player"), (seconds) => drawing.at(seconds));
const deleting = new Deleting({ deleted: gone, locked: failed });

// --- the list ---

/** Return what the fields of the search ask for; days are those of this clock, in unix seconds. */
function query() {
  const given = Object.fromEntries(FILTERS.map((name) => [name, at(name).value.trim()]));
  const day = (text, more) => text && String(new Date(`${text}T00:00`).getTime() / 1000 + more);
  return { ...given, since: day(given.since, 0), until: day(given.until, DAY) };
}

/** Get the list anew, as many pages of it as are shown. */
async function list() {
  const number = ++asked;
  const wanted = query();
  let [found, more, after] = [[], true, ""];
  for (let page = 0; more && page < pages; page++) {
    const answer = await get("v1/calls", { ...wanted, after });
    found = [...found, ...answer.data];
    more = answer.has_more && found.length > 0;
    after = found.at(-1)?.id ?? "";
  }
  if (number !== asked) return;
  calls = found;
  askForKey(false);
  const live = calls.filter(({ ended }) => ended === null).length;
  say(`${count(calls.length, "call")}${more ? " and more" : ""}, ${live ? `${live} live` : "none live"}`);
  view.showList(calls, { selected: open?.id, more, filtered: Object.values(wanted).some(Boolean) }, go);
}

/** Do something that asks the server; what comes of it is said in plain words. */
async function tried(what) {
  try {
    await what();
    failing = false;
    problem(null);
  } catch (error) {
    failed(error);
  }
}

/** Do again, without anybody's wish, what asks the server: another problem that was told stays. */
async function refreshed(what) {
  try {
    await what();
    if (failing) problem(null);
    failing = false;
  } catch (error) {
    failing = true;
    failed(error);
  }
}

function failed(error) {
  if (!(error instanceof Refused)) throw error;
  if (error.status === 401) askForKey(true);
  if (error.status === 401 || error.status === 0) say("Not connected");
  problem(error.message);
}

function search() {
  pages = 1;
  const address = new URL(location.href);
  for (const name of FILTERS) {
    if (at(name).value) address.searchParams.set(name, at(name).value);
    else address.searchParams.delete(name);
  }
  history.replaceState(null, "", address);
  return tried(list);
}

// --- one call ---

const wanted = () => decodeURIComponent(location.hash.slice(1));

function go(call) {
  location.hash = call;
}

/** Show the call that the address names. */
async function show() {
  const id = wanted();
  if (id !== open?.id) {
    recording.clear();
    open = chosen = null;
    drawing.forget();
  }
  document.body.classList.toggle("one", Boolean(id));
  if (!id) view.hideCall();
  view.mark(id);
  if (id) await tried(() => load(id, { focus: true }));
}

async function load(id, { focus = false } = {}) {
  const call = await get(`v1/calls/${encodeURIComponent(id)}`);
  if (id !== wanted()) return;
  const first = open?.id !== id;
  if (!first && JSON.stringify(call) === told) return;
  told = JSON.stringify(call);
  open = { ...call, seconds: Math.max(call.seconds ?? 0, lengthOf(call.timeline)) };
  view.showCall(open, { chosen, loaded: recording.loaded === id }, choose);
  const { timeline, seconds } = open;
  const fall = waterfall(timeline, seconds);
  drawing.show(fall, (fact) => lineOf(timeline[fact], timeline));
  at("legend").replaceChildren(...signs(fall));
  if (!first || !focus) return;
  at("call").focus({ preventScroll: true });
  if (at("call").getBoundingClientRect().top < 0) scrollTo(0, 0);
}

/** Show all that is known of a fact. */
function choose(fact) {
  chosen = fact;
  drawing.choose(fact);
  const one = open.timeline[fact];
  view.showFact(one, lineOf(one, open.timeline), detailsOf(one, open.timeline), { sound: open.audio });
  view.markRow(fact);
}

function unchoose() {
  at("turns").querySelector(".chosen .fact")?.focus({ preventScroll: true });
  chosen = null;
  drawing.choose(null);
  view.markRow(null);
  at("details").hidden = true;
}

async function listen(seconds) {
  const { id } = open;
  if (recording.loaded !== id) {
    say("Loading the recording …");
    const answer = await ask(`v1/calls/${encodeURIComponent(id)}/audio`);
    const blob = await answer.blob();
    if (open?.id !== id) return;
    recording.load(id, blob);
    view.showPlayer(true);
    say("The recording is loaded");
  }
  recording.hear(document.querySelector('[name="side"]:checked').value);
  if (seconds !== undefined) await recording.play(seconds);
}

/** Go back to the list, as a call was deleted. */
async function gone() {
  go("");
  await tried(list);
  say("The call is deleted");
  at("list").focus({ preventScroll: true });
}

async function downloadRecord() {
  const answer = await ask(`v1/calls/${encodeURIComponent(open.id)}/lines`);
  save(`${open.id}.jsonl`, await answer.text(), "application/jsonl");
}

// --- what is pressed ---

at("filters").addEventListener("submit", (event) => {
  event.preventDefault();
  search();
});
at("filters").addEventListener("reset", () => setTimeout(search)); // the fields are empty only then
at("more").addEventListener("click", () => {
  pages++;
  tried(list);
});
at("back").addEventListener("click", () => go(""));
at("delete").addEventListener("click", () => deleting.ask(open, view.nameOf(open)));
at("narrower").addEventListener("click", () => drawing.zoom(1 / 1.6));
at("wider").addEventListener("click", () => drawing.zoom(1.6));
at("whole").addEventListener("click", () => drawing.zoom(0));
at("load").addEventListener("click", () => tried(() => listen()));
at("play").addEventListener("click", () => tried(() => listen(open.timeline[chosen].start)));
at("close").addEventListener("click", unchoose);
addEventListener("keydown", (event) => event.key === "Escape" && !at("deleting").open && !at("details").hidden && unchoose());
at("sides").addEventListener("change", (event) => recording.hear(event.target.value));
at("download").addEventListener("click", () => save(`${open.id}.txt`, transcriptOf(open.timeline)));
at("record").addEventListener("click", () => tried(downloadRecord));
addEventListener("hashchange", show);
onKey(async () => {
  await tried(list);
  await show();
});

view.showEndings();
for (const [name, value] of new URLSearchParams(location.search)) if (FILTERS.includes(name)) at(name).value = value;
await tried(list);
await show();
setInterval(() => document.hidden || at("access").hidden === false || refreshed(list), LIST);
setInterval(() => document.hidden || (open?.ended === null && refreshed(() => load(open.id))), CALL);
setInterval(() => document.hidden || (open?.delivery?.state === "waiting" && refreshed(() => load(open.id))), DELIVERY);
