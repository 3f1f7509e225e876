// Drives `@openai/agents-realtime`: a `RealtimeSession` on `OpenAIRealtimeWebSocket`.
// The scenarios are those of ../driving.py, and so are the names.
import { readFileSync, writeFileSync } from 'node:fs';
import { OpenAIRealtimeWebSocket, RealtimeAgent, RealtimeSession, tool } from '@openai/agents-realtime';
import { z } from 'zod';

const RATE = 24_000;
const FRAME_MS = 20;
const BYTES_PER_MS = 48;
const PATIENCE = 25_000; // milliseconds that a step may take
const HOURS = 'What are your opening hours?';
const DUE = 'When is my bill due?';
const BILL = 'I have a question about my bill.';
const COMPANY = 'Tell me about the company.';
const ORDER = 'Where is my order 48213?';
const weather = (city) => `What is the weather in ${city}?`;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
const job = JSON.parse(process.argv[2]);

/** 20 ms frames at the pace of real time: what is to be said, else silence. */
class Microphone {
  #pcm = Buffer.alloc(0);

  say(pcm) {
    this.#pcm = Buffer.concat([this.#pcm, pcm]);
  }

  async *frames() {
    const size = FRAME_MS * BYTES_PER_MS;
    for (let due = performance.now(); ; due += FRAME_MS) {
      await sleep(due - performance.now());
      const frame = Buffer.alloc(size);
      this.#pcm.copy(frame);
      this.#pcm = this.#pcm.subarray(size);
      yield frame;
    }
  }
}

/** Loudspeakers that take time to play. */
class Speakers {
  #end = 0;

  play(pcm) {
    this.#end = Math.max(performance.now(), this.#end) + pcm.length / BYTES_PER_MS;
  }

  /** Stop at once; returns whether something was playing. */
  stop() {
    const playing = performance.now() < this.#end;
    this.#end = 0;
    return playing;
  }

  async silence() {
    await sleep(this.#end - performance.now());
  }
}

/** A call by an agent without instructions of its own: the team is the model. */
class Caller {
  replies = [];
  called = [];
  errors = [];
  interrupted = false;
  microphone = new Microphone();
  speakers = new Speakers();
  #waiting = new Set();
  #byResponse = new Map();
  #byItem = new Map();
  #left = false;

  constructor({ tools = false, detection = true } = {}) {
    this.detection = detection;
    const getWeather = tool({
      name: 'get_weather',
      description: 'Tell the weather in a city.',
      parameters: z.object({ city: z.string() }),
      execute: async ({ city }) => {
        this.called.push({ name: 'get_weather', arguments: { city } });
        return `It is sunny in ${city}.`;
      },
    });
    const agent = new RealtimeAgent({ name: 'caller', tools: tools ? [getWeather] : [] });
    const url = `${job.url.replace('http', 'ws')}/v1/realtime?model=${job.model}`;
    this.transport = new OpenAIRealtimeWebSocket({ url });
    const config = detection ? {} : { audio: { input: { turnDetection: null } } };
    this.session = new RealtimeSession(agent, { transport: this.transport, model: job.model, config });
    this.#listen();
  }

  async connect() {
    await this.session.connect({ apiKey: job.key });
    if (this.detection) this.#speak();
  }

  close() {
    this.#left = true;
    this.session.close();
  }

  async #speak() {
    for await (const frame of this.microphone.frames()) {
      if (this.#left) return;
      this.session.sendAudio(buffer(frame));
    }
  }

  #listen() {
    const on = (source, kind, take) =>
      source.on(kind, (...args) => {
        take(...args);
        this.changed();
      });
    on(this.session, 'audio', ({ data, responseId }) => {
      const pcm = Buffer.from(data);
      this.#reply(responseId).pcm.push(pcm);
      this.speakers.play(pcm);
    });
    on(this.session, 'audio_interrupted', () => {
      this.interrupted = this.speakers.stop() || this.interrupted;
    });
    // The history knows items, the audio responses; this event of the transport knows both.
    on(this.transport, 'audio_transcript_delta', ({ itemId, responseId }) => {
      this.#byItem.set(itemId, this.#reply(responseId));
    });
    on(this.session, 'history_updated', (history) => {
      for (const item of history) {
        const reply = this.#byItem.get(item.itemId);
        const text = item.content?.map((part) => part.transcript ?? part.text ?? '').join(' ');
        if (reply && text) reply.text = text;
      }
    });
    on(this.session, 'agent_end', () => {
      for (const reply of this.replies) reply.done = true;
    });
    on(this.session, 'error', ({ error }) => {
      const told = error?.error ?? error;
      this.errors.push(told?.code ? `${told.code}: ${told.message}` : String(told?.message ?? told));
    });
  }

  #reply(responseId) {
    if (!this.#byResponse.has(responseId)) {
      const reply = { text: '', pcm: [], done: false };
      this.#byResponse.set(responseId, reply);
      this.replies.push(reply);
    }
    return this.#byResponse.get(responseId);
  }

  type(text) {
    this.session.sendMessage(text);
  }

  say(name) {
    this.microphone.say(readWav(job.speech[name]));
  }

  pushToTalk(pcm) {
    const size = FRAME_MS * BYTES_PER_MS;
    for (let at = 0; at < pcm.length; at += size) {
      this.session.sendAudio(buffer(pcm.subarray(at, at + size)), { commit: at + size >= pcm.length });
    }
    this.transport.requestResponse();
  }

  /** Provoke errors that do not end the call. */
  async provoke() {
    this.transport.sendEvent({ type: 'response.cancel' });
    await this.until(() => this.errors.length, 'an error');
    this.transport.sendEvent({ type: 'conversation.item.delete', item_id: 'item_of_nobody' });
    await this.until(() => this.errors.length > 1, 'a second error');
  }

  changed() {
    for (const look of this.#waiting) look();
  }

  /** Wait until something is true; rejects when it does not come true in time. */
  async until(isTrue, what) {
    await new Promise((resolve, reject) => {
      const end = (settle, value) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        settle(value);
      };
      const timer = setTimeout(() => end(reject, new Error(`${what} never came`)), PATIENCE);
      const look = () => isTrue() && end(resolve);
      this.#waiting.add(look);
      look();
    });
  }

  /** Wait until so many replies are complete, and played. */
  async replied(count = 1) {
    await this.until(() => this.replies.filter((reply) => reply.done && reply.text).length >= count, `reply ${count}`);
    await this.speakers.silence();
  }

  async hears(ms) {
    await this.until(() => this.replies.length && length(this.replies.at(-1)) >= ms, `${ms} ms of a reply`);
  }

  async ask(...questions) {
    for (const [index, question] of questions.entries()) {
      this.type(question);
      await this.replied(index + 1);
    }
  }
}

async function play(callers) {
  const call = async (how) => {
    const caller = new Caller(how);
    callers.push(caller);
    await caller.connect();
    return caller;
  };
  const scenarios = {
    text: async () => (await call()).ask(HOURS),
    audio_vad: async () => {
      const caller = await call();
      caller.say('hours');
      await caller.replied();
    },
    push_to_talk: async () => {
      const caller = await call({ detection: false });
      caller.pushToTalk(readWav(job.speech.hours));
      await caller.replied();
    },
    barge_in: async () => {
      const caller = await call();
      caller.type(COMPANY);
      await caller.hears(1000);
      caller.say('hours');
      await caller.until(() => caller.replies.length > 1 && caller.replies.at(-1).done, 'a reply after the barge-in');
    },
    handoff: async () => {
      const caller = await call();
      caller.say('bill');
      await caller.replied();
      caller.say('due');
      await caller.replied(2);
    },
    team_tool: async () => (await call()).ask(ORDER),
    client_tool: async () => (await call({ tools: true })).ask(weather('Paris'), BILL, weather('Rome')),
    two_clients: async () => {
      const [one, two] = [await call(), await call()];
      await Promise.all([one.ask(HOURS), two.ask(DUE)]);
    },
    error: async () => {
      const caller = await call();
      await caller.provoke();
      await caller.ask(HOURS);
    },
    hangup: async () => {
      const first = new Caller();
      await first.connect();
      first.type(COMPANY);
      await first.hears(1000);
      first.close();
      await (await call()).ask(HOURS);
    },
  };
  await scenarios[job.scenario]();
}

function report(callers, failure) {
  const { version } = JSON.parse(
    readFileSync(new URL('./node_modules/@openai/agents-realtime/package.json', import.meta.url)),
  );
  const told = { version, replies: [] };
  for (const [number, caller] of callers.entries()) {
    const name = number ? `replies_${number + 1}` : 'replies';
    told[name] = caller.replies.map((reply, index) => shown(`${job.out}/${name}.${index}.wav`, reply));
  }
  told.tools = callers.flatMap((caller) => caller.called);
  told.errors = callers.flatMap((caller) => caller.errors).concat(failure ? [failure] : []);
  told.interrupted = callers.some((caller) => caller.interrupted);
  return told;
}

function shown(path, reply) {
  const row = { text: reply.text, audio_ms: length(reply) };
  if (reply.pcm.length) {
    writeWav(path, Buffer.concat(reply.pcm));
    row.wav = path;
  }
  return row;
}

const length = (reply) => Math.floor(reply.pcm.reduce((sum, pcm) => sum + pcm.length, 0) / BYTES_PER_MS);

/** A copy as the ArrayBuffer that `sendAudio` takes. */
const buffer = (pcm) => new Uint8Array(pcm).buffer;

/** The audio of one of the suite's files: 24 kHz mono PCM16 after a header of chunks. */
function readWav(path) {
  const file = readFileSync(path);
  let at = 12;
  while (file.toString('latin1', at, at + 4) !== 'data') at += 8 + file.readUInt32LE(at + 4);
  return file.subarray(at + 8, at + 8 + file.readUInt32LE(at + 4));
}

function writeWav(path, pcm) {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + pcm.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16); // size of this chunk
  head.writeUInt16LE(1, 20); // PCM
  head.writeUInt16LE(1, 22); // mono
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * 2, 28); // bytes per second
  head.writeUInt16LE(2, 32); // bytes per sample
  head.writeUInt16LE(16, 34); // bits per sample
  head.write('data', 36);
  head.writeUInt32LE(pcm.length, 40);
  writeFileSync(path, Buffer.concat([head, pcm]));
}

const callers = [];
let failure = '';
try {
  await play(callers);
} catch (error) {
  failure = `driver: ${error?.message ?? error}`;
}
for (const caller of callers) caller.close();
process.stdout.write(`${JSON.stringify(report(callers, failure))}\n`, () => process.exit(0));
