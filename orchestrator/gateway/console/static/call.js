// One call of this browser with the team: its line, its sound, who is who, and what it shows as things happen.

import { Player, fromBase64, loudness, openMicrophone, toBase64 } from "./audio.js";
import * as conversation from "./conversation.js";
import * as graph from "./graph.js";
import * as known from "./known.js";
import { Line } from "./line.js";
import { problem, say } from "./page.js";
import { Record } from "./record.js";
import { ofKind, sessionsOf, totalsOf } from "./timeline.js";
import { took } from "./words.js";

const BUSY = "conversation_already_has_active_response";
const EMPTY = "input_audio_buffer_commit_empty"; // the button was let go at once
const QUIET_ERRORS = new Set(["response_cancel_not_active", BUSY, EMPTY]);
const ENDED = new Set(["completed", "failed", "cancelled"]); // outcomes of a tool
const TOLD = ["open", "lost", "renewed"]; // states of a session that events tell: what was used is open

export class Call {
  /** `start` is the team's first agent, `holds` whether the caller holds a button while they speak; `view` is told
   * how loud they are, which call it is, and its end. */
  constructor({ address, protocols }, context, { start, holds, view }) {
    this.line = new Line(address, protocols, { received: (event) => this.received(event), ended: (event) => this.ended(event) });
    this.context = context;
    this.holds = holds;
    this.view = view;
    this.player = new Player(context);
    this.closeMicrophone = null;
    this.stream = null; // of the microphone
    this.opening = 0; // counts the microphones that were asked for: only the last one counts
    this.muted = false;
    this.held = false; // the button, while the caller speaks
    this.opened = false; // the server has taken the call
    this.busy = false; // an answer was asked for, or is being made
    this.owed = false; // an answer is to be asked for when the present one is done
    this.asked = null; // when the caller's turn ended, on the page's clock; null: it was answered
    this.active = start; // the agent that has the caller
    this.next = null; // the agent that is being asked to take over
    this.speakers = new Map(); // response id → the agent that speaks it
    this.sessions = new Map(); // agent → how its session is
    this.runs = []; // tools that ran, as events tell of them
    this.record = null; // what the server records, where it may be seen
    this.figures = { waits: [], handoffs: [], interruptions: 0, tokens: null, cost: 0 };
  }

  send(event) {
    this.line.send(event);
  }

  received(event) {
    this.handlers[event.type]?.(event);
  }

  handlers = {
    "session.created": () => {
      this.opened = true;
      say("Connected");
      if (this.holds) this.send({ type: "session.update", session: { type: "realtime", audio: { input: { turn_detection: null } } } });
      this.ask(); // for the greeting
    },
    "response.created": () => (this.busy = true),
    "team.response.started": (event) => this.speakers.set(event.response_id, event.agent),
    "response.output_audio.delta": (event) => {
      this.answered(event, this.player.ahead);
      this.player.add(event.item_id, fromBase64(event.delta));
    },
    "response.output_audio_transcript.delta": (event) => this.agentSaid(event),
    "response.output_text.delta": (event) => {
      this.answered(event, 0);
      this.agentSaid(event);
    },
    "response.done": (event) => {
      this.speakers.delete(event.response.id);
      this.busy = false;
      if (this.owed) this.ask();
      if (event.response.status === "failed") problem("The agent could not answer. Say it again, please.");
    },
    "input_audio_buffer.speech_started": () => this.interrupt(),
    "input_audio_buffer.speech_stopped": () => (this.asked = performance.now()),
    "output_audio_buffer.cleared": () => this.interrupt(), // a person is heard next
    "input_audio_buffer.committed": (event) => conversation.setWords(event.item_id, "You", "caller", "…"),
    "conversation.item.input_audio_transcription.completed": (event) =>
      conversation.setWords(event.item_id, "You", "caller", event.transcript || "…"),
    "conversation.item.input_audio_transcription.failed": (event) =>
      conversation.setWords(event.item_id, "You", "caller", "(not understood)"),
    "team.call.started": (event) => {
      this.has(event.agent);
      this.record = new Record(event.call, (told) => this.recorded(told));
      this.view.named(event.call);
    },
    "team.handoff.started": (event) => {
      this.next = event.to;
      conversation.note(`${event.from} hands you over to ${event.to}`, "handoff");
    },
    "team.handoff.completed": (event) => {
      this.has(event.to);
      this.figures.handoffs.push(event.seconds);
      conversation.note(`${event.to} has taken over, after ${took(event.seconds)}`, "handoff");
      this.show();
    },
    "team.handoff.failed": (event) => {
      // What was never begun was not allowed; only what was begun can have failed.
      if (this.next) conversation.note(`${event.to} cannot be reached; ${event.from} stays with you`, "bad");
      else conversation.note(`${event.from} may not hand you over to ${event.to} now: ${event.reason}`, "bad");
      this.next = null;
    },
    "team.consult.started": (event) => {
      conversation.note(`${event.from} asks ${event.to}`);
      graph.showAsked(event.to, true);
    },
    "team.consult.returned": (event) => {
      const asked = event.name.replace("ask_", "");
      const after = `, after ${took(event.seconds)}`;
      conversation.note(event.ok ? `${asked} has answered ${event.agent}${after}` : `${asked} did not answer ${event.agent}`, event.ok ? "" : "bad");
      graph.showAsked(asked, false);
    },
    "team.message.sent": (event) =>
      conversation.note(`${event.from} writes to ${event.to}${event.outcome === "queued" ? ", where nobody is yet" : ""}`),
    "team.message.delivered": (event) => conversation.note(`${event.to} has a message from ${event.from}`),
    "team.tool.called": (event) => {
      conversation.note(`${event.agent} uses ${event.name}`);
      this.runs.push({ id: `run ${this.runs.length}`, name: event.name, agent: event.agent });
      this.showTools();
    },
    "team.tool.returned": (event) => {
      const run = this.runs.find(({ name, agent, outcome }) => name === event.name && agent === event.agent && !ENDED.has(outcome));
      if (run) Object.assign(run, { outcome: event.ok ? "completed" : "failed", seconds: event.seconds });
      if (!event.ok) conversation.note(`${event.name} failed`, "bad");
      this.showTools();
    },
    "team.session.lost": (event) => {
      conversation.note(`The connection to ${event.agent} was lost; trying again`, "bad");
      this.session(event.agent, "lost");
    },
    "team.session.restored": (event) => this.session(event.agent, "open"),
    "team.session.renewed": (event) => this.session(event.agent, "renewed"),
    "team.session.fallback": (event) => conversation.note(`${event.agent} goes on with ${event.model}`),
    "team.person.waiting": (event) => conversation.note(`You wait for ${event.agent}`),
    "team.person.missed": (event) => conversation.note(`${event.agent} does not come: ${event.reason}`, "bad"),
    "team.call.resumed": (event) => conversation.note(`The connection was lost for ${took(event.lost_ms / 1000)}; the call goes on`),
    "team.call.ending": (event) => conversation.note(`The call ends: ${event.reason}`),
    error: (event) => {
      this.owed ||= event.error.code === BUSY; // asked again when the answer that is being made is done
      if (event.error.code === EMPTY) problem("Hold the button while you speak.");
      if (!QUIET_ERRORS.has(event.error.code)) problem(event.error.message);
    },
  };

  has(agent) {
    this.active = agent;
    this.next = null;
    graph.showActive(agent);
    if (this.sessions.get(agent) !== "renewed") this.session(agent, "open");
    say(`You are talking to ${agent}`);
  }

  session(agent, state) {
    this.sessions.set(agent, state);
    graph.showSession(agent, state);
  }

  speakerOf(event) {
    return this.speakers.get(event.response_id) ?? this.active;
  }

  agentSaid(event) {
    conversation.addWords(event.item_id, this.speakerOf(event), "agent", event.delta);
  }

  /** Notice the first of an answer; `ahead`: seconds until it is heard. */
  answered(event, ahead) {
    if (this.asked === null) return;
    const waited = (performance.now() - this.asked) / 1000 + ahead;
    this.asked = null;
    this.figures.waits.push(waited);
    conversation.tellWait(event.item_id, this.speakerOf(event), waited);
    this.show();
  }

  /** Interrupt the agent: what it still says is not wanted. */
  cancel() {
    this.interrupt();
    if (this.busy) this.send({ type: "response.cancel" });
  }

  /** Stop what is being played, and tell the server how much of it was heard. */
  interrupt() {
    const cut = this.player.interrupt();
    for (const [item, ms] of cut) {
      conversation.tellCut(item, ms / 1000);
      this.send({ type: "conversation.item.truncate", item_id: item, content_index: 0, audio_end_ms: ms });
    }
    this.figures.interruptions += cut.length > 0;
    this.show();
  }

  ask() {
    this.owed = false;
    this.busy = true;
    this.send({ type: "response.create" });
  }

  type(text) {
    this.cancel();
    const id = `typed_${crypto.getRandomValues(new Uint32Array(2)).join("")}`;
    const content = [{ type: "input_text", text }];
    this.send({ type: "conversation.item.create", item: { id, type: "message", role: "user", content } });
    this.asked = performance.now();
    this.ask();
    conversation.setWords(id, "You", "caller", text);
  }

  // --- the microphone ---

  /** Open a microphone, or another one; throws when it cannot be had. */
  async hearWith(device) {
    this.closeMicrophone?.();
    this.closeMicrophone = this.stream = null;
    const number = ++this.opening;
    let stream = null;
    const close = await openMicrophone(this.context, (chunk) => this.heard(chunk), { device, onStream: (given) => (stream = given) });
    if (number !== this.opening) return close(); // hung up, or another one was chosen, while the browser was asking
    this.closeMicrophone = close;
    this.stream = stream;
    this.mute(this.muted);
  }

  get hears() {
    return this.closeMicrophone !== null;
  }

  heard(chunk) {
    this.view.loud(loudness(new Int16Array(chunk)));
    if (!this.holds || this.held) this.send({ type: "input_audio_buffer.append", audio: toBase64(chunk) });
  }

  /** Send silence instead of what the microphone hears, or no longer. */
  mute(on) {
    this.muted = on;
    for (const track of this.stream?.getTracks() ?? []) track.enabled = !on;
  }

  /** Begin a turn, or end it: where the caller holds a button while they speak. */
  hold(on) {
    if (on === this.held) return;
    this.held = on;
    if (on) {
      problem(null);
      this.cancel();
      this.send({ type: "input_audio_buffer.clear" });
    } else {
      this.send({ type: "input_audio_buffer.commit" });
      this.asked = performance.now();
      this.ask();
    }
  }

  // --- what is shown ---

  /** Take what the server has recorded so far. */
  recorded({ timeline, variables }) {
    const { tokens, cost } = totalsOf(timeline);
    Object.assign(this.figures, { tokens, cost });
    const ran = ofKind(timeline, "ToolRan").sort((one, other) => one.start - other.start);
    const runs = ran.map((fact, index) => ({ ...fact, id: `run ${index}`, seconds: fact.end - fact.start }));
    this.runs = [...runs, ...this.runs.slice(runs.length)];
    known.showVariables(variables ?? {});
    for (const [agent, state] of sessionsOf(timeline)) {
      if (!TOLD.includes(this.sessions.get(agent))) this.session(agent, state);
    }
    this.show();
    this.showTools();
  }

  show() {
    known.showFigures(this.figures);
  }

  showTools() {
    known.showTools(this.runs);
  }

  ended(event) {
    this.opening++;
    this.closeMicrophone?.();
    this.context.close();
    this.record?.end();
    this.view.ended(event);
  }
}
