// Turns the microphone's samples, at whatever rate the device has, into PCM16 chunks of one rate and length.
// Runs on the audio thread: it only averages, rounds and posts.

class Microphone extends AudioWorkletProcessor {
  constructor({ processorOptions: { rate, chunk } }) {
    super();
    this.step = sampleRate / rate; // input samples for one output sample
    this.chunk = new Int16Array(chunk); // samples of one chunk
    this.filled = 0;
    this.sum = 0; // input collected for the next output sample
    this.weight = 0; // how many input samples that is, the last one in part
    this.port.onmessage = () => this.flush();
  }

  process(inputs) {
    const input = inputs[0][0];
    if (input) for (const sample of input) this.take(sample);
    return true;
  }

  // Average over the span of each output sample: right for any ratio, and a low-pass filter when rates go down.
  take(sample) {
    let left = 1;
    while (this.weight + left >= this.step) {
      const part = this.step - this.weight;
      this.put((this.sum + sample * part) / this.step);
      left -= part;
      this.sum = 0;
      this.weight = 0;
    }
    this.sum += sample * left;
    this.weight += left;
  }

  put(sample) {
    this.chunk[this.filled++] = Math.round(Math.max(-1, Math.min(1, sample)) * 32767);
    if (this.filled === this.chunk.length) this.flush();
  }

  flush() {
    const pcm = this.chunk.slice(0, this.filled);
    this.filled = 0;
    if (pcm.length) this.port.postMessage(pcm.buffer, [pcm.buffer]);
  }
}

registerProcessor("microphone", Microphone);
