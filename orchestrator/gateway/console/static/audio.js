// Sound in and out: a microphone that gives 24 kHz PCM16, and a player that knows what was really heard.

const RATE = 24000;
const QUIETEST = 6; // powers of ten between the loudest and what counts as silence
const LEAD = 0.06; // seconds between the first chunk's arrival and its start, against gaps

/** Start a microphone; `onChunk` gets an ArrayBuffer of PCM16 every `ms`. Returns how to stop it.
 * `device` is its id, none the browser's choice; `onStream` gets what the browser gives of it. */
export async function openMicrophone(context, onChunk, { rate = RATE, ms = 40, device = "", onStream = () => {} } = {}) {
  const which = device && { deviceId: { exact: device } };
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...which },
  });
  const stop = () => stream.getTracks().forEach((track) => track.stop());
  try {
    await context.audioWorklet.addModule(new URL("microphone-worklet.js", import.meta.url));
    const source = context.createMediaStreamSource(stream);
    const node = new AudioWorkletNode(context, "microphone", {
      numberOfOutputs: 0,
      channelCount: 1,
      processorOptions: { rate, chunk: (rate * ms) / 1000 },
    });
    node.port.onmessage = (message) => onChunk(message.data);
    source.connect(node);
    onStream(stream);
    return () => {
      source.disconnect();
      stop();
    };
  } catch (error) {
    stop(); // the call is over already
    throw error;
  }
}

/** Plays chunks of PCM16 without gaps, in order, each belonging to an item of the conversation. */
export class Player {
  constructor(context, rate = RATE) {
    this.context = context;
    this.rate = rate;
    this.gain = context.createGain();
    this.gain.connect(context.destination);
    this.end = 0; // when all that is scheduled will have been played
    this.pieces = []; // {item, start, seconds, source} of what plays, and of all of the last item
    this.cut = new Set(); // items that were interrupted: what still comes of them is dropped
  }

  add(item, bytes) {
    if (this.cut.has(item) || bytes.length < 2) return;
    const pcm = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
    const buffer = this.context.createBuffer(1, pcm.length, this.rate);
    buffer.getChannelData(0).set(Float32Array.from(pcm, (sample) => sample / 32768));
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.gain);
    const now = this.context.currentTime;
    if (this.end < now) this.end = now + LEAD;
    this.pieces = this.pieces.filter((piece) => piece.item === item || piece.start + piece.seconds > now);
    source.start(this.end);
    this.pieces.push({ item, start: this.end, seconds: buffer.duration, source });
    this.end += buffer.duration;
  }

  /** How loud it plays: 0 is silent, 1 is as it comes. */
  set volume(volume) {
    this.gain.gain.value = volume;
  }

  /** Seconds that are still to be played. */
  get ahead() {
    return Math.max(0, this.end - this.context.currentTime);
  }

  /** Stop at once. Returns [item, milliseconds really played] for each item that was not heard to its end. */
  interrupt() {
    const now = this.context.currentTime;
    const heard = new Map();
    const unfinished = new Set();
    for (const piece of this.pieces) {
      const seconds = Math.min(piece.seconds, Math.max(0, now - piece.start));
      heard.set(piece.item, (heard.get(piece.item) ?? 0) + seconds);
      if (seconds < piece.seconds) unfinished.add(piece.item);
      piece.source.stop();
    }
    this.pieces = [];
    this.end = now;
    unfinished.forEach((item) => this.cut.add(item));
    return [...unfinished].map((item) => [item, Math.floor(heard.get(item) * 1000)]);
  }
}

/** Return how loud samples are: 0 for silence, 1 for the loudest; in between as one hears it. */
export function loudness(samples) {
  const power = samples.reduce((sum, sample) => sum + (sample / 32768) ** 2, 0) / samples.length;
  return Math.max(0, Math.min(1, 1 + Math.log10(Math.max(power, 1e-12)) / QUIETEST));
}

/** Return the microphones that the browser knows, `{deviceId, label}`; they have names once one was allowed. */
export async function microphones() {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return devices.filter(({ kind, deviceId }) => kind === "audioinput" && deviceId && deviceId !== "default");
}

export function toBase64(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer)));
}

export function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
