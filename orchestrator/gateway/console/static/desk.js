// The desk: a person sees the calls, takes them and speaks in them. A client of the socket `?desk=ROLE` and nothing else.

import { showActions } from "./desk-actions.js";
import { Connection } from "./desk-connection.js";
import { Sound } from "./desk-sound.js";
import * as view from "./desk-view.js";
import { at, problem, say } from "./page.js";

const WRITTEN = 2; // seconds that giving back waits for this person's last words to be written down
const AGAIN = 1; // seconds before asking again for a caller that the old connection still has
const GIVES = /^(hand_back$|transfer_to_)/; // functions that give the caller to somebody
const HEARD = "conversation.item.input_audio_transcription.completed";

const calls = new Map(); // id → {call, agent, since, line, waiting, brief, over}
const approvals = new Map(); // id → what is asked
const messages = new Map(); // id → what an agent has written to somebody here
const sound = new Sound();
const connection = new Connection({ told: received, lost });
const desk = {
  role: "",
  may: new Set(),
  webrtc: false, // the server has it
  lease: 0, // seconds for which the server keeps a caller for somebody whose connection is gone
  skew: 0, // of this clock, in seconds
  selected: null, // the call that is shown
  shared: false, // the server has said what is known of it
  has: null, // the call that this person has
  functions: [], // that they can run in it
  format: null, // of its audio
  leaving: null, // gives them back, once the last words are written down
  muted: false, // the microphone was, before that
  briefed: false, // they know what it is about
  asked: null, // the call that they want to take over
  over: null, // the call that is shown, when it is over
  lost: null, // {call, until}: the call they had when the connection was lost
  listening: null, // the call they listen to
};
const speakers = new Map(); // response id → the agent that speaks it
let drawing = false;

// --- what the server says ---

const handlers = {
  "team.desk.opened"(event) {
    desk.role = event.role;
    desk.may = new Set(event.may);
    desk.webrtc = event.webrtc;
    desk.lease = event.lease;
    desk.skew = Date.now() / 1000 - event.now;
    const briefs = new Map([...calls.values()].map(({ call, brief }) => [call, brief]));
    calls.clear();
    for (const call of event.calls) calls.set(call.call, { ...call, brief: briefs.get(call.call) });
    problem(null);
    say(`Open for ${event.role}`);
    view.showEntry(false);
    approvals.clear();
    for (const asked of event.approvals) approvals.set(asked.id, asked);
    messages.clear();
    for (const message of event.messages) messages.set(message.id, message);
    const { selected, listening } = desk;
    desk.selected = desk.listening = null;
    if (desk.lost) rejoin();
    if (calls.has(selected)) select(selected);
    if (calls.has(listening)) send("team.person.listen", listening);
  },
  "team.call.started": (event) => Object.assign(known(event), { agent: event.agent, seat: event.seat }),
  "team.call.said": (event) => (known(event).line = event.line),
  "team.call.ended"(event) {
    const call = calls.get(event.call);
    calls.delete(event.call);
    for (const [id, asked] of approvals) if (asked.call === event.call) approvals.delete(id);
    if (desk.listening === event.call) stopListening();
    if (desk.has === event.call) released("The caller is gone.");
    if (call && desk.selected === event.call) {
      call.over = serverNow();
      desk.over = call;
      view.note("The call is over");
    }
  },
  "team.call.ending": (event) => noteIn(event, `The call ends: ${event.reason}`),
  "team.handoff.started": (event) => noteIn(event, `${event.from} hands the caller to ${event.to}`),
  "team.handoff.completed"(event) {
    const call = known(event);
    const taken = call.waiting?.agent === event.to && call.waiting.desk === desk.role && desk.has !== event.call;
    Object.assign(call, { agent: event.to, waiting: null });
    if (desk.has !== event.call) call.brief = null;
    if (taken) say("Somebody else has taken the call");
    noteIn(event, taken ? "Somebody else has taken the call" : `The caller is with ${event.to}`);
    refresh(event);
  },
  "team.handoff.failed"(event) {
    noteIn(event, `${event.to} does not get the caller: ${event.reason}`);
    if (desk.asked === event.call) problem(event.reason);
  },
  "team.person.waiting"(event) {
    const { agent, desk: queue, reason } = event;
    known(event).waiting = { agent, desk: queue, reason, since: serverNow() };
    if (queue === desk.role) say(`A caller waits for ${agent}`);
  },
  "team.person.brief"(event) {
    const call = known(event);
    if (call.waiting) call.waiting.brief = event.brief;
  },
  "team.person.missed": (event) => waitsNoMore(event),
  "team.person.left": (event) => waitsNoMore(event),
  "team.person.watching"(event) {
    const { variables, transcript, functions, type, event_id, ...told } = event;
    Object.assign(known(event), told);
    if (event.call !== desk.selected) return;
    if (!desk.shared) view.showTranscript(transcript);
    desk.shared = true;
    view.showFacts({ variables, functions });
  },
  "team.person.listening"(event) {
    if (!event.on) return;
    desk.listening = event.call;
    sound.hear({ caller: event.caller_format, team: event.format });
  },
  "team.person.joined"(event) {
    desk.has = event.call;
    desk.lost = null;
    desk.functions = event.functions;
    desk.format = event.format;
    sound.hear({ caller: event.caller_format, team: event.format });
    desk.briefed = Boolean(known(event).brief); // then this person is back
    problem(null);
    say("You have a caller");
    if (desk.selected !== event.call) select(event.call);
    openMicrophone();
  },
  "team.person.released": (event) => desk.has === event.call && released("You have no caller"),
  "team.person.told"(event) {
    // The first thing that somebody with a caller is told is the brief, as it is now.
    if (desk.briefed) noteIn(event, event.text);
    else known(event).brief = event.text;
    desk.briefed = true;
  },
  "team.person.returned"(event) {
    const error = errorOf(event.output);
    const gives = GIVES.test(event.name);
    if (error) problem(error);
    else if (!gives) noteIn(event, `${event.name} → ${event.output}`);
    if (error && gives) sound.mute(desk.muted); // the caller stays
    refresh(event);
  },
  "team.tool.called": (event) => refresh(event),
  "team.tool.returned": (event) => refresh(event),
  "team.consult.started": (event) => noteIn(event, `${event.from} asks ${event.to}`),
  "team.session.lost": (event) => noteIn(event, `The connection to ${event.agent} was lost; it is tried again`),
  "team.response.started"(event) {
    speakers.set(event.response_id, event.agent);
    if (speakers.size > 200) speakers.delete(speakers.keys().next().value);
  },
  "team.approval.requested"(event) {
    if (event.desk !== desk.role) return;
    approvals.set(event.id, { ...event, since: serverNow() });
    say(`${event.agent} asks for a decision`);
  },
  "team.approval.answered"(event) {
    approvals.delete(event.id);
    noteIn(event, `${event.name} was ${event.approve ? "approved" : "declined"}`);
  },
  "team.person.message"(event) {
    if (event.desk !== desk.role) return;
    messages.set(event.id, { ...event, since: serverNow() });
    say(`${event.from} writes to ${event.to}`);
  },
  "team.message.sent": (event) => noteIn(event, `${event.from} writes to ${event.to}`),
  "team.message.delivered"(event) {
    messages.delete(event.id);
    noteIn(event, `${event.to} has a message from ${event.from}`);
  },
  "team.message.undelivered": (event) => messages.delete(event.id),
  "input_audio_buffer.speech_started"(event) {
    if (event.call === desk.listening) sound.cut("team"); // as the caller's own player does
    if (event.call === desk.selected) view.hear(event.item_id, "Caller", "…");
  },
  [HEARD]: (event) => event.call === desk.selected && view.hear(event.item_id, "Caller", event.transcript || "…"),
  "response.output_audio_transcript.done": (event) => spoken(event, event.transcript),
  "response.output_text.done": (event) => spoken(event, event.text),
  "team.audio.answer": (event) => sound.line.answered(event),
  "team.audio.lost": (event) => sound.line.lost(event.offer),
  "team.audio.delta"(event) {
    // Whoever has the caller hears only them: the other side is their own voice.
    if (desk.has === event.call ? event.leg === "caller" : !desk.has) sound.play(event.leg, event.delta);
  },
  error(event) {
    if (event.error.event_id?.startsWith("offer ")) return sound.line.lost(event.error.event_id);
    if (desk.lost && event.error.code === "taken") return askAgain();
    if (desk.lost) return gone(event.error.message);
    problem(event.error.message);
  },
};

function received(event) {
  handlers[event.type]?.(event);
  if (event.type !== "team.audio.delta") draw();
}

/** Return what is known of an event's call, which may be new. */
function known(event) {
  if (!calls.has(event.call)) calls.set(event.call, { call: event.call, agent: "nobody", since: serverNow(), line: "" });
  return calls.get(event.call);
}

const serverNow = () => Date.now() / 1000 - desk.skew;

function noteIn(event, text) {
  if (text && event.call === desk.selected) view.note(text);
}

function spoken(event, words) {
  if (event.call !== desk.selected || !words) return;
  const agent = speakers.get(event.response_id) ?? known(event).agent;
  const mine = desk.has === event.call && agent === known(event).agent;
  if (mine) desk.leaving?.();
  view.hear(event.item_id, mine ? `You (${agent})` : agent, words, mine ? "person" : "agent");
}

function waitsNoMore(event) {
  known(event).waiting = null;
  noteIn(event, `${event.agent}: ${event.reason}`);
}

function errorOf(output) {
  try {
    return JSON.parse(output).error;
  } catch {
    return undefined; // it is text
  }
}

/** Ask anew what is known of the call that is shown. */
function refresh(event) {
  if (event.call === desk.selected && desk.shared) send("team.person.watch", event.call);
}

// --- what this person does ---

function send(type, call, fields = {}) {
  connection.send({ type, call, ...fields });
}

function select(call) {
  const before = desk.selected;
  const watches = desk.may.has("listen");
  if (watches && before && before !== call && calls.has(before)) send("team.person.watch", before, { on: false });
  desk.selected = call;
  desk.over = null;
  desk.shared = false;
  view.showTranscript([]);
  if (watches) send("team.person.watch", call);
  draw();
}

/** Select a call, and go there. */
function open(call) {
  select(call);
  drawNow();
  const below = at("call").getBoundingClientRect().top > innerHeight / 2; // on a narrow screen
  if (below) at("call").scrollIntoView();
  at("call").focus({ preventScroll: true });
}

const act = {
  select: (call) => open(call),
  accept(call) {
    problem(null);
    sound.wake();
    if (desk.listening && desk.listening !== call) act.listen(desk.listening);
    send("team.person.accept", call);
    open(call);
  },
  decline(call) {
    send("team.person.decline", call);
    if (calls.has(call)) calls.get(call).waiting = null; // for this person
    draw();
  },
  take(call) {
    problem(null);
    sound.wake();
    desk.asked = call;
    send("team.person.take", call);
  },
  listen(call) {
    const on = desk.listening !== call;
    if (desk.listening) send("team.person.listen", desk.listening, { on: false });
    stopListening();
    if (on) {
      sound.wake();
      send("team.person.listen", call);
    }
    draw();
  },
  mute() {
    sound.mute(!sound.muted);
    draw();
  },
  speak: () => openMicrophone(),
  tell: (call, purpose, text, when) => text && send(`team.person.${purpose}`, call, { text, when }),
  giveBack(call, to, note) {
    problem(null);
    desk.muted = sound.muted;
    sound.mute(true);
    const give = () => {
      if (desk.leaving !== give) return; // given already, or the caller is gone
      desk.leaving = null;
      send("team.person.give_back", call, { ...(to && { to }), ...(note && { note }) });
    };
    desk.leaving = give;
    // The agent is to know what was said last, too.
    if (sound.justSpoke) setTimeout(give, WRITTEN * 1000);
    else give();
    draw();
  },
  run: (call, name, given) => send("team.person.run", call, { name, arguments: given }),
  hangUp: (call) => send("team.person.hang_up", call),
  decide({ call, id }, approve, reason) {
    send("team.approval.answer", call, { id, approve, ...(reason && { reason }) });
    approvals.delete(id);
    draw();
  },
};

async function openMicrophone() {
  const call = desk.has;
  try {
    await sound.wake();
    await sound.speak(desk.format, (audio) => send("input_audio_buffer.append", call, { audio }));
    if (desk.webrtc && desk.has === call && sound.stream) sound.line.open(sound.stream, (given) => offer(call, given));
  } catch {
    const remedy = isSecureContext ? "Allow it in the browser" : "Open the page over https";
    if (desk.has === call) problem(`The microphone cannot be used: the caller does not hear you. ${remedy}.`);
  }
  draw();
}

/** Offer a connection for the audio of a call, or tell that there is none any more. */
function offer(call, given) {
  if (given) send("team.audio.offer", call, given);
  else send("team.audio.end", call);
}

function stopListening() {
  desk.listening = null;
  if (!desk.has) sound.silence();
}

function released(why) {
  sound.hang();
  sound.silence();
  desk.has = desk.asked = desk.leaving = null;
  desk.functions = [];
  say(why);
  if (desk.listening) send("team.person.listen", desk.listening); // go on as before
}

// --- the connection ---

/** Notice that the connection is gone; `forGood`: it is not tried again. */
function lost(why, { forGood }) {
  if (desk.has) {
    desk.lost = { call: desk.has, until: Date.now() + desk.lease * 1000 };
    desk.has = desk.leaving = null;
    sound.hang();
    sound.silence();
  }
  draw();
  say(forGood ? "Not open" : "Connecting …");
  if (forGood) view.showEntry(true);
  const kept = desk.lost ? " Your caller hears a sound until then." : "";
  problem(forGood ? why : `${why} Connecting again …${kept}`);
}

/** Ask for the caller that this person had when the connection was lost. */
function rejoin() {
  if (Date.now() < desk.lost.until) send("team.person.accept", desk.lost.call);
  else gone("You were away for too long.");
}

/** The server may not have noticed yet that the old connection is gone. */
function askAgain() {
  const { lost: had } = desk;
  if (Date.now() > had.until) return gone("Somebody else has them, or you were away for too long.");
  setTimeout(() => desk.lost === had && connection.up && rejoin(), AGAIN * 1000);
}

function gone(why) {
  desk.lost = null;
  problem(`You do not have your caller any more. ${why}`);
}

// --- what is shown ---

function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    drawNow();
  });
}

function drawNow() {
  if (!connection.opened) return;
  const { role, may, has, selected } = desk;
  const now = serverNow();
  // Whoever may not listen knows only of those who wait for them, and of their own.
  for (const [id, call] of calls) if (!may.has("listen") && !call.waiting && id !== has) calls.delete(id);
  const all = [...calls.values()];
  const call = calls.get(selected) ?? desk.over ?? null;
  const mine = Boolean(call) && call.call === has;
  const listening = Boolean(call) && call.call === desk.listening;
  view.showQueue(all.filter(({ waiting }) => waiting?.desk === role), now, may, act);
  view.showCalls(all, now, { has, selected, may }, act);
  view.showDecisions(may.has("approve") ? [...approvals.values()] : [], now, act);
  view.showMessages([...messages.values()], now);
  view.showCall(call, now, { mine, may, shared: desk.shared, listening });
  const { muted, speaking } = sound;
  showActions({ call, mine, may, role, listening, muted, speaking, functions: desk.functions, busy: Boolean(has) }, act);
}

at("entry").addEventListener("submit", (event) => {
  event.preventDefault();
  problem(null);
  say("Connecting …");
  const address = new URL(location.href);
  const [role, team] = ["role", "team"].map((id) => at(id).value.trim());
  address.searchParams.set("role", role);
  if (team) address.searchParams.set("team", team);
  history.replaceState(null, "", address);
  try {
    connection.open({ role, team, key: at("key").value.trim() });
  } catch {
    say("Not open");
    problem("This key has characters that a browser cannot send.");
  }
});
addEventListener("beforeunload", (event) => desk.has && event.preventDefault());
for (const id of ["role", "team"]) at(id).value = new URLSearchParams(location.search).get(id) ?? "";
view.showEntry(true);
setInterval(draw, 1000);
