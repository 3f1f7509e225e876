// The two codings of telephone audio, µ-law and A-law: a byte for a sample, at 8 kHz.

const LAWS = { "audio/pcmu": [mulawLevel, mulawCode], "audio/pcma": [alawLevel, alawCode] };
const tables = new Map(); // coding → 256 levels

export const isG711 = (type) => type in LAWS;

/** Return the samples of `bytes`. */
export function decode(bytes, type) {
  if (!tables.has(type)) tables.set(type, Int16Array.from({ length: 256 }, (_, code) => LAWS[type][0](code)));
  const levels = tables.get(type);
  return Int16Array.from(bytes, (code) => levels[code]);
}

/** Return the bytes of 16-bit `samples`. */
export function encode(samples, type) {
  return Uint8Array.from(samples, LAWS[type][1]);
}

function mulawLevel(code) {
  const bits = ~code & 0xff;
  const level = ((((bits & 15) << 3) + 132) << ((bits >> 4) & 7)) - 132;
  return bits & 0x80 ? -level : level;
}

function mulawCode(sample) {
  const level = Math.min(Math.abs(sample), 32635) + 132;
  const segment = 24 - Math.clz32(level); // of 132 and more, the highest bit is the eighth or a later one
  const code = (segment << 4) | ((level >> (segment + 3)) & 15);
  return ~(sample < 0 ? code | 0x80 : code) & 0xff;
}

function alawLevel(code) {
  const bits = code ^ 0x55;
  const segment = (bits >> 4) & 7;
  const step = (bits & 15) << 4;
  const level = segment ? (step + 264) << (segment - 1) : step + 8;
  return bits & 0x80 ? level : -level;
}

function alawCode(sample) {
  const level = (sample < 0 ? ~sample : sample) >> 3; // negative samples by their complement, so that -1 and 0 are a pair
  const segment = Math.max(27 - Math.clz32(level), 0);
  const code = (segment << 4) | ((segment ? level >> segment : level >> 1) & 15);
  return (sample < 0 ? code : code | 0x80) ^ 0x55;
}
