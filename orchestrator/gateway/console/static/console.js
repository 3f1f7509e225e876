// A caller in the browser: speaks the Realtime protocol to the server that the page came from.

import { Player, fromBase64, openMicrophone, toBase64 } from "./audio.js";
import * as view from "./view.js";

const at = (id) => document.getElementById(id);
const SILENCE = toBase64(new ArrayBuffer(4800)); // 100 ms, sent when the microphone is switched off
const SEAT = ["call", "agent", "seat"]; // of the page's address: which open call to join, and with which agent
const BUSY = "conversation_already_has_active_response";
const QUIET_ERRORS = new Set(["response_cancel_not_active", BUSY]);
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
  NotReadableError: "Close the program that uses it",
};

const UNANSWERED = "The server does not answer. Is it still running?";

let team = null;
let call = null; // the running call, or null

/** One call: its socket, its sound, and who is who. */
class Call {
  constructor(socket, context) {
    this.socket = socket;
    this.context = context;
    this.player = new Player(context);
    this.closeMicrophone = null;
    this.opened = false; // the server has taken the call
    this.active = team.start; // the agent that has the caller
    this.next = null; // the agent that is being asked to take over
    this.speakers = new Map(); // response id → the agent that speaks it
    socket.onmessage = (message) => this.received(JSON.parse(message.data));
    socket.onclose = (event) => this.ended(event);
  }

  send(event) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(event));
  }

  received(event) {
    this.handlers[event.type]?.(event);
  }

  handlers = {
    "session.created": () => {
      this.opened = true;
      view.say("Connected");
      this.send({ type: "response.create" }); // asks for the greeting
    },
    "team.response.started": (event) => this.speakers.set(event.response_id, event.agent),
    "response.output_audio.delta": (event) => this.player.add(event.item_id, fromBase64(event.delta)),
    "response.output_audio_transcript.delta": (event) => this.agentSaid(event),
    "response.output_text.delta": (event) => this.agentSaid(event),
    "response.done": (event) => {
      this.speakers.delete(event.response.id);
      if (this.owed) this.ask();
      if (event.response.status === "failed") view.problem("The agent could not answer. Say it again, please.");
    },
    "input_audio_buffer.speech_started": () => this.interrupt(),
    "output_audio_buffer.cleared": () => this.interrupt(), // a person is heard next
    "input_audio_buffer.committed": (event) => view.setWords(event.item_id, "You", "caller", "…"),
    "conversation.item.input_audio_transcription.completed": (event) =>
      view.setWords(event.item_id, "You", "caller", event.transcript || "…"),
    "conversation.item.input_audio_transcription.failed": (event) =>
      view.setWords(event.item_id, "You", "caller", "(not understood)"),
    "team.call.started": (event) => this.has(event.agent),
    "team.handoff.started": (event) => {
      this.next = event.to;
      view.note(`${event.from} hands you over to ${event.to}`);
    },
    "team.handoff.completed": (event) => this.has(event.to),
    "team.handoff.failed": (event) => {
      // What was never begun was not allowed; only what was begun can have failed.
      if (this.next) view.note(`${event.to} cannot be reached; ${event.from} stays with you`);
      else view.note(`${event.from} may not hand you over to ${event.to} now: ${event.reason}`);
      this.next = null;
    },
    "team.consult.started": (event) => {
      view.note(`${event.from} asks ${event.to}`);
      view.showAsked(event.to, true);
    },
    "team.consult.returned": (event) => {
      const asked = event.name.replace("ask_", "");
      view.note(event.ok ? `${asked} has answered ${event.agent}` : `${asked} did not answer ${event.agent}`);
      view.showAsked(asked, false);
    },
    "team.message.sent": (event) =>
      view.note(`${event.from} writes to ${event.to}${event.outcome === "queued" ? ", where nobody is yet" : ""}`),
    "team.message.delivered": (event) => view.note(`${event.to} has a message from ${event.from}`),
    "team.tool.called": (event) => view.note(`${event.agent} uses ${event.name}`),
    "team.tool.returned": (event) => {
      if (!event.ok) view.note(`${event.name} failed`);
    },
    "team.session.lost": (event) => view.note(`The connection to ${event.agent} was lost; trying again`),
    "team.session.fallback": (event) => view.note(`${event.agent} goes on with ${event.model}`),
    "team.call.ending": (event) => view.note(`The call ends: ${event.reason}`),
    error: (event) => {
      this.owed ||= event.error.code === BUSY; // asked again when the answer that is being made is done
      if (!QUIET_ERRORS.has(event.error.code)) view.problem(event.error.message);
    },
  };

  has(agent) {
    this.active = agent;
    this.next = null;
    view.showActive(agent);
    view.say(`You are talking to ${agent}`);
  }

  agentSaid(event) {
    view.addWords(event.item_id, this.speakers.get(event.response_id) ?? this.active, "agent", event.delta);
  }

  /** Stop what is being played, and tell the server how much of it was heard. */
  interrupt() {
    for (const [item, ms] of this.player.interrupt()) {
      view.markCut(item);
      this.send({ type: "conversation.item.truncate", item_id: item, content_index: 0, audio_end_ms: ms });
    }
  }

  ask() {
    this.owed = false;
    this.send({ type: "response.create" });
  }

  type(text) {
    this.interrupt();
    this.send({ type: "response.cancel" });
    const id = `typed_${crypto.getRandomValues(new Uint32Array(2)).join("")}`;
    const content = [{ type: "input_text", text }];
    this.send({ type: "conversation.item.create", item: { id, type: "message", role: "user", content } });
    this.ask();
    view.setWords(id, "You", "caller", text);
  }

  async toggleMicrophone() {
    if (this.closeMicrophone) {
      this.closeMicrophone();
      this.closeMicrophone = null;
      // Turn detection waits for silence, which a microphone that is off would not send.
      for (let tenth = 0; tenth < 12; tenth++) this.send({ type: "input_audio_buffer.append", audio: SILENCE });
    } else {
      const append = (chunk) => this.send({ type: "input_audio_buffer.append", audio: toBase64(chunk) });
      const close = await openMicrophone(this.context, append);
      if (call !== this) return close(); // hung up while the browser was asking
      this.closeMicrophone = close;
    }
    view.showTalking(Boolean(this.closeMicrophone));
  }

  async ended(event) {
    this.closeMicrophone?.();
    this.context.close();
    call = null;
    view.showCall(false);
    view.showActive(null);
    view.say("No call");
    view.askForKey(event.code === 3000);
    if (event.code === 1000) return;
    const told = event.code === 1006 ? await lost(this.opened) : ENDINGS[event.code];
    if (!call) view.problem(told ?? `The call ended: ${event.reason || event.code}`);
  }
}

/** Find out why a connection ended without a word, which a browser does not tell. */
async function lost(opened) {
  let answer;
  try {
    answer = await fetch(new URL("readyz", document.baseURI));
  } catch {
    return opened ? "The connection was lost: the server does not answer any more." : UNANSWERED;
  }
  if (opened) return "The connection to the server was lost. Start the call again.";
  if (answer.status !== 503) return "The server did not take the call. Its log says why.";
  return ENDINGS[(await answer.json()).draining ? 1001 : 4029];
}

async function loadTeam() {
  const key = at("key").value.trim();
  let answer;
  try {
    answer = await fetch(new URL("v1/team", document.baseURI), { headers: key ? { Authorization: `Bearer ${key}` } : {} });
  } catch {
    view.say("No connection");
    view.problem(UNANSWERED);
    return;
  }
  if (answer.status === 401) {
    view.say("A key is needed");
    view.askForKey(true);
    if (key) view.problem("This key was not accepted.");
    return;
  }
  if (!answer.ok) {
    view.problem(`The server answered with an error (HTTP ${answer.status}).`);
    return;
  }
  team = await answer.json();
  view.askForKey(false);
  view.problem(null);
  view.showTeam(team);
  view.say("No call");
  at("start").disabled = false;
}

async function startCall() {
  view.problem(null);
  view.clearTranscript();
  view.say("Connecting …");
  const address = new URL("v1/realtime", document.baseURI);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const page = new URLSearchParams(location.search);
  const seat = SEAT.filter((key) => page.has(key)).map((key) => [key, page.get(key)]);
  address.search = new URLSearchParams({ model: team.name, events: "team", ...Object.fromEntries(seat) });
  const key = at("key").value.trim();
  const context = new AudioContext();
  try {
    // A browser cannot set headers on a WebSocket: the key goes as a subprotocol, never in the address.
    const socket = new WebSocket(address, key ? ["realtime", `openai-insecure-api-key.${key}`] : ["realtime"]);
    call = new Call(socket, context);
    await context.resume();
    view.showCall(true);
  } catch {
    await context.close();
    view.problem("This key has characters that a browser cannot send.");
    view.say("No call");
    return;
  }
  await toggleTalk();
}

async function toggleTalk() {
  const talking = call;
  at("talk").disabled = true;
  try {
    await talking?.toggleMicrophone();
  } catch (error) {
    const remedy = isSecureContext ? (MICROPHONES[error.name] ?? "Allow it in the browser") : "Open the page over https";
    if (call === talking) view.problem(`The microphone cannot be used. ${remedy}, or type instead.`);
  }
  at("talk").disabled = false;
}

at("access").addEventListener("submit", (event) => {
  event.preventDefault();
  loadTeam();
});
at("typing").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = at("words").value.trim();
  at("words").value = "";
  if (text) call?.type(text);
});
at("start").addEventListener("click", startCall);
at("talk").addEventListener("click", toggleTalk);
at("stop").addEventListener("click", () => call?.socket.close(1000));
loadTeam();
