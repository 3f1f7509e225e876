// A page with nothing but a WebSocket, as in the guides of the Realtime API: the key as a subprotocol, PCM16 in base64,
// replies played by Web Audio. `play(job)` plays a scenario and leaves what came of it in `report`.

const RATE = 24000, FRAME = 480, PATIENCE = 25000;
const HOURS = "What are your opening hours?", DUE = "When is my bill due?", BILL = "I have a question about my bill.";
const COMPANY = "Tell me about the company.", ORDER = "Where is my order 48213?";
const WEATHER = {
  type: "function",
  name: "get_weather",
  description: "Tell the weather in a city.",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
let report = null;

const bytes = (base64) => Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
const base64 = (array) => btoa(Array.from(array, (byte) => String.fromCharCode(byte)).join(""));

class Caller {
  constructor(job, { tools = false, detection = true } = {}) {
    this.job = job;
    this.tools = tools;
    this.detection = detection;
    this.replies = [];
    this.called = [];
    this.errors = [];
    this.interrupted = false;
    this.speech = new Uint8Array(0); // what is still to be said
    this.waiting = new Set(); // looked at whenever something came
    this.audio = new AudioContext({ sampleRate: RATE });
    this.playing = []; // {item, source, start, end}
  }

  async open() {
    const url = `${this.job.url.replace("http", "ws")}/v1/realtime?model=${this.job.model}`;
    this.socket = new WebSocket(url, ["realtime", `openai-insecure-api-key.${this.job.key}`]);
    this.socket.onmessage = (message) => {
      this.take(JSON.parse(message.data));
      this.waiting.forEach((look) => look());
    };
    this.socket.onclose = (event) => {
      if (!this.leaving) this.errors.push(`closed: ${event.code} ${event.reason}`);
      this.waiting.forEach((look) => look());
    };
    await new Promise((done, fail) => {
      this.socket.onopen = done;
      this.socket.onerror = () => fail(new Error("the socket did not open"));
    });
    if (this.socket.protocol !== "realtime") this.errors.push(`subprotocol ${this.socket.protocol}`);
    const detection = this.detection ? { type: "server_vad", silence_duration_ms: 500 } : null;
    const input = { turn_detection: detection, transcription: { model: "gpt-transcribe" } };
    this.send("session.update", {
      session: { type: "realtime", audio: { input }, tools: this.tools ? [WEATHER] : [] },
    });
    await this.until(() => this.configured, "session.updated");
    if (this.detection) this.microphone();
    return this;
  }

  close() {
    this.leaving = true;
    clearTimeout(this.timer);
    this.socket.close(1000);
    return this.audio.close();
  }

  send(type, fields = {}) {
    this.socket.send(JSON.stringify({ type, ...fields }));
  }

  // Send 20 ms at the pace of real time: speech, else silence.
  microphone() {
    let due = performance.now();
    const tick = () => {
      for (; due <= performance.now(); due += 20) {
        const frame = new Uint8Array(FRAME * 2);
        frame.set(this.speech.subarray(0, frame.length));
        this.speech = this.speech.subarray(frame.length);
        this.send("input_audio_buffer.append", { audio: base64(frame) });
      }
      if (!this.leaving) this.timer = setTimeout(tick, due - performance.now());
    };
    tick();
  }

  say(name) {
    this.speech = bytes(this.job.speech[name]);
  }

  pushToTalk(name) {
    const pcm = bytes(this.job.speech[name]);
    for (let at = 0; at < pcm.length; at += FRAME * 2) {
      this.send("input_audio_buffer.append", { audio: base64(pcm.subarray(at, at + FRAME * 2)) });
    }
    this.send("input_audio_buffer.commit");
    this.send("response.create");
  }

  type(text) {
    this.send("conversation.item.create", {
      item: { type: "message", role: "user", content: [{ type: "input_text", text }] },
    });
    this.send("response.create");
  }

  take(event) {
    switch (event.type) {
      case "session.updated":
        this.configured = true;
        break;
      case "response.output_audio.delta":
        this.heard(event);
        break;
      case "response.output_audio_transcript.done":
        this.reply(event.response_id).text += event.transcript;
        break;
      case "input_audio_buffer.speech_started":
        this.interrupt();
        break;
      case "response.done":
        this.done(event.response);
        break;
      case "error":
        this.errors.push(`${event.error.code}: ${event.error.message}`);
    }
  }

  reply(id) {
    let found = this.replies.find((reply) => reply.id === id);
    if (!found) this.replies.push((found = { id, text: "", pcm: [], ms: 0, done: false }));
    return found;
  }

  heard(event) {
    const pcm = bytes(event.delta), reply = this.reply(event.response_id);
    reply.pcm.push(pcm);
    reply.ms += pcm.length / 48;
    const samples = new Int16Array(pcm.buffer), buffer = this.audio.createBuffer(1, samples.length, RATE);
    buffer.copyToChannel(Float32Array.from(samples, (sample) => sample / 32768), 0);
    const source = this.audio.createBufferSource();
    source.buffer = buffer;
    source.connect(this.audio.destination);
    const start = Math.max(this.audio.currentTime, this.playing.at(-1)?.end ?? 0);
    source.start(start);
    this.playing.push({ item: event.item_id, source, start, end: start + buffer.duration });
  }

  // Stop playing, and tell how much of it was heard.
  interrupt() {
    const now = this.audio.currentTime, cut = this.playing.filter((one) => one.end > now);
    for (const item of new Set(cut.map((one) => one.item))) {
      const first = this.playing.find((one) => one.item === item);
      const audio_end_ms = Math.round((now - first.start) * 1000);
      this.interrupted = true;
      if (audio_end_ms > 0) this.send("conversation.item.truncate", { item_id: item, content_index: 0, audio_end_ms });
    }
    cut.forEach((one) => one.source.stop());
    this.playing = [];
  }

  done(response) {
    const calls = response.output.filter((item) => item.type === "function_call");
    for (const item of calls) {
      const args = JSON.parse(item.arguments);
      this.called.push({ name: item.name, arguments: args });
      this.send("conversation.item.create", {
        item: { type: "function_call_output", call_id: item.call_id, output: `It is sunny in ${args.city}.` },
      });
    }
    if (calls.length) this.send("response.create");
    const known = this.replies.find((reply) => reply.id === response.id);
    if (known) known.done = true;
  }

  until(ready, what) {
    return new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error(`${what} never came`)), PATIENCE);
      const look = () => {
        if (!ready()) return;
        clearTimeout(timer);
        this.waiting.delete(look);
        done();
      };
      this.waiting.add(look);
      look();
    });
  }

  // Wait until so many replies are complete, and played.
  async replied(count = 1) {
    await this.until(() => this.replies.filter((reply) => reply.done).length >= count, `reply ${count}`);
    const last = this.playing.at(-1);
    if (last && last.end > this.audio.currentTime) await new Promise((done) => (last.source.onended = done));
  }

  hears(ms) {
    return this.until(() => this.replies.at(-1)?.ms >= ms, `${ms} ms of a reply`);
  }

  async ask(...questions) {
    for (const [number, question] of questions.entries()) {
      this.type(question);
      await this.replied(number + 1);
    }
  }
}

const SCENARIOS = {
  text: async (call) => (await call()).ask(HOURS),
  async audio_vad(call) {
    const caller = await call();
    caller.say("hours");
    await caller.replied();
  },
  async push_to_talk(call) {
    const caller = await call({ detection: false });
    caller.pushToTalk("hours");
    await caller.replied();
  },
  async barge_in(call) {
    const caller = await call();
    caller.type(COMPANY);
    await caller.hears(1000);
    caller.say("hours");
    await caller.until(() => caller.replies.length > 1 && caller.replies.at(-1).done, "a reply after the barge-in");
  },
  async handoff(call) {
    const caller = await call();
    caller.say("bill");
    await caller.replied();
    caller.say("due");
    await caller.replied(2);
  },
  team_tool: async (call) => (await call()).ask(ORDER),
  async client_tool(call) {
    const caller = await call({ tools: true });
    await caller.ask("What is the weather in Paris?", BILL, "What is the weather in Rome?");
  },
  async two_clients(call) {
    const one = await call(), two = await call();
    await Promise.all([one.ask(HOURS), two.ask(DUE)]);
  },
  async error(call) {
    const caller = await call();
    caller.send("response.cancel");
    caller.send("conversation.item.retrieve", { item_id: "item_of_nobody" });
    caller.send("nonsense");
    await caller.until(() => caller.errors.length === 3, "three errors");
    await caller.ask(HOURS);
  },
  async hangup(call, job) {
    const first = await new Caller(job).open();
    first.type(COMPANY);
    await first.hears(1000);
    await first.close();
    await (await call()).ask(HOURS);
  },
};

async function play(job) {
  const callers = [];
  let failure = "";
  const call = async (how) => {
    const caller = new Caller(job, how);
    callers.push(caller);
    return caller.open();
  };
  try {
    await SCENARIOS[job.scenario](call, job);
  } catch (error) {
    failure = `driver: ${error.message}`;
  }
  await Promise.all(callers.map((caller) => caller.close()));
  report = {
    calls: callers.map((caller) =>
      caller.replies.map(({ text, pcm }) => ({ text, audio: pcm.map((piece) => base64(piece)) })),
    ),
    tools: callers.flatMap((caller) => caller.called),
    errors: [...callers.flatMap((caller) => caller.errors), ...(failure ? [failure] : [])],
    interrupted: callers.some((caller) => caller.interrupted),
  };
}
