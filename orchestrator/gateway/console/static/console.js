// The page of a caller: speaks the Realtime protocol to the server that the page came from.

import { microphones } from "./audio.js";
import { Call } from "./call.js";
import * as conversation from "./conversation.js";
import * as graph from "./graph.js";
import * as known from "./known.js";
import { at, make, problem, say } from "./page.js";
import { Refused, UNANSWERED, askForKey, get, key, onKey, readiness } from "./server.js";
import { save } from "./transcript.js";

const SEAT = ["call", "agent", "seat"]; // of the page's address: which open call to join, and with which agent
const DURING = ["stop", "typing"]; // what is there while a call goes on
const ENDINGS = {
  1000: "The call is over.",
  1001: "The server is being restarted. Start the call again in a moment.",
  1009: "Something too large was sent.",
  1011: "The server had a problem with this call.",
  3000: "The API key was not accepted.",
  4008: "The connection was too slow for the sound of this call.",
  4029: "The server takes no more calls at the moment. Try again later.",
  4408: "The call ended because nobody spoke for a long time.",
  4410: "The call reached its time limit.",
  4413: "The call reached its limit on tokens or money.",
  4500: "The agents cannot be reached at the moment. Try again later.",
};
// Why there is no microphone, as the browser names it → what to do.
const MICROPHONES = {
  NotFoundError: "Connect one",
  OverconstrainedError: "Choose another one",
  NotReadableError: "Close the program that uses it",
};

let team = null;
let call = null; // the running call, or null
let last = null; // the record of the last call, or of this one
let name = ""; // of the call, for what is saved

// --- a call ---

const view = {
  loud: (level) => {
    at("level").value = call?.muted ? 0 : level;
  },
  named: (id) => {
    name = id;
    last = call.record;
    at("whole").href = `calls#${encodeURIComponent(id)}`;
    at("whole").hidden = false;
  },
  ended: async (event) => {
    const { opened } = call;
    call = null;
    showCall();
    graph.rest(team.agents);
    say("No call");
    askForKey(event.code === 3000);
    if (event.code === 1000) return;
    const told = event.code === 1006 ? await lost(opened) : ENDINGS[event.code];
    if (!call) problem(told ?? `The call ended: ${event.reason || event.code}`);
  },
};

/** Say why a connection ended without a word. */
async function lost(opened) {
  const state = await readiness();
  if (opened) {
    return state === "gone"
      ? "The connection was lost: the server does not answer any more."
      : "The connection to the server was lost. Start the call again.";
  }
  const told = { gone: UNANSWERED, draining: ENDINGS[1001], full: ENDINGS[4029] };
  return told[state] ?? "The server did not take the call. Its log says why.";
}

async function startCall() {
  problem(null);
  conversation.clear();
  known.clear();
  last?.stop();
  say("Connecting …");
  const address = new URL("v1/realtime", document.baseURI);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const page = new URLSearchParams(location.search);
  const seat = SEAT.filter((one) => page.has(one)).map((one) => [one, page.get(one)]);
  address.search = new URLSearchParams({ model: team.name, events: "team,resume", ...Object.fromEntries(seat) });
  const context = new AudioContext();
  try {
    // A browser cannot set headers on a WebSocket: the key goes as a subprotocol, never in the address.
    const protocols = key() ? ["realtime", `openai-insecure-api-key.${key()}`] : ["realtime"];
    const holds = document.querySelector('[name="mode"]:checked').value === "hold";
    call = new Call({ address, protocols }, context, { start: team.start, holds, view });
    call.player.volume = at("volume").valueAsNumber;
    await context.resume();
    showCall();
  } catch {
    await context.close();
    problem("This key has characters that a browser cannot send.");
    say("No call");
    return;
  }
  await openMicrophone();
}

/** Open the microphone that is chosen; without one the call goes on, and can be typed. */
async function openMicrophone() {
  const talking = call;
  at("mute").disabled = true;
  try {
    await talking?.hearWith(at("microphone").value);
    await listMicrophones();
  } catch (error) {
    const remedy = isSecureContext ? (MICROPHONES[error.name] ?? "Allow it in the browser") : "Open the page over https";
    if (call === talking) problem(`The microphone cannot be used. ${remedy}, or type instead.`);
  }
  at("mute").disabled = false;
  showMicrophone();
}

/** List the microphones, which have names once one was allowed; the choice stays. */
async function listMicrophones() {
  const chosen = at("microphone").value;
  const found = (await microphones()).map(({ deviceId, label }) => make("option", { value: deviceId, textContent: label || "without a name" }));
  at("microphone").replaceChildren(at("microphone").options[0], ...found);
  if (found.some(({ value }) => value === chosen)) at("microphone").value = chosen;
}

// --- what is shown ---

function showCall() {
  const running = Boolean(call);
  at("start").hidden = running;
  for (const id of DURING) at(id).hidden = !running;
  at("modes").disabled = running;
  at("teams").disabled = running;
  at("after").hidden = false;
  showMicrophone();
}

function showMicrophone() {
  const { holds = false, hears = false, muted = false } = call ?? {};
  at("talk").hidden = !(holds && hears);
  at("mute").hidden = !call || (holds && hears);
  at("mute").setAttribute("aria-pressed", String(muted));
  at("mute").textContent = !hears ? "Turn the microphone on" : muted ? "Muted – press to speak" : "Mute";
  if (!hears) at("level").value = 0;
}

/** List the teams that may be talked to, the default one first; the page's address may name one. */
async function listTeams() {
  const names = (await get("v1/models")).data.map(({ id }) => id);
  const wanted = at("teams").value || new URLSearchParams(location.search).get("model");
  at("choice").hidden = names.length < 2;
  at("teams").replaceChildren(...names.map((value) => make("option", { value, textContent: value })));
  if (names.includes(wanted)) at("teams").value = wanted;
}

async function loadTeam() {
  try {
    await listTeams();
    team = await get("v1/team", { model: at("teams").value });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const locked = error.status === 401;
    say(locked ? "A key is needed" : "No connection");
    askForKey(locked);
    problem(locked && !key() ? null : error.message);
    return;
  }
  askForKey(false);
  problem(null);
  document.title = `Talk to ${team.name}`;
  at("team").textContent = team.name;
  graph.showTeam(team);
  say("No call");
  at("start").disabled = false;
}

// --- what is pressed ---

function hold(on) {
  call?.hold(on);
  at("talk").setAttribute("aria-pressed", String(on));
  at("talk").textContent = on ? "Listening – let go to send" : "Hold to talk";
}

at("talk").addEventListener("pointerdown", (event) => {
  event.target.setPointerCapture(event.pointerId);
  hold(true);
});
for (const kind of ["pointerup", "pointercancel", "blur"]) at("talk").addEventListener(kind, () => hold(false));
for (const [kind, on] of [["keydown", true], ["keyup", false]]) {
  at("talk").addEventListener(kind, (event) => {
    if (event.key !== " " && event.key !== "Enter") return;
    event.preventDefault();
    hold(on);
  });
}
at("typing").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = at("words").value.trim();
  at("words").value = "";
  if (text) call?.type(text);
});
at("mute").addEventListener("click", () => {
  if (!call?.hears) return openMicrophone();
  call.mute(!call.muted);
  showMicrophone();
});
at("teams").addEventListener("change", loadTeam);
at("start").addEventListener("click", startCall);
at("stop").addEventListener("click", () => call?.line.close());
at("microphone").addEventListener("change", () => call && openMicrophone());
at("volume").addEventListener("input", () => {
  if (call) call.player.volume = at("volume").valueAsNumber;
});
at("download").addEventListener("click", () => save(`${name || "call"}.txt`, conversation.asText()));
navigator.mediaDevices?.addEventListener("devicechange", listMicrophones);
onKey(loadTeam);
listMicrophones();
loadTeam();
