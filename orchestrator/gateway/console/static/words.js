// Figures and values as people write them.

/** Say how long something took, in seconds: `412 ms`, `1.24 s`, `2 min 5 s`. */
export function took(seconds) {
  if (seconds < 0.9995) return `${Math.round(1000 * seconds)} ms`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 9.995 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  return whole < 3600 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : ago(whole);
}

/** Say how long ago a moment is. */
export function ago(seconds) {
  if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Write a moment of a call as a clock does: `0:07`, or with tenths, `0:07.3`. */
export function clock(seconds, { tenths = false } = {}) {
  const unit = tenths ? 10 : 1;
  const whole = Math.round(Math.max(0, seconds) * unit);
  const [minutes, rest] = [Math.floor(whole / unit / 60), (whole / unit) % 60];
  const text = tenths ? rest.toFixed(1).padStart(4, "0") : String(rest).padStart(2, "0");
  if (minutes < 60) return `${minutes}:${text}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${text}`;
}

export function dollars(amount) {
  return `$${amount.toFixed(amount && amount < 0.1 ? 4 : 2)}`;
}

export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

/** Write a function's arguments, or what it returned, as text. */
export function inWords(value) {
  let read = value;
  try {
    read = typeof value === "string" ? JSON.parse(value) : value;
  } catch {
    return value; // it is text
  }
  if (read === null || typeof read !== "object") return String(read ?? "");
  const entries = Object.entries(read).map(([name, one]) => `${name}: ${typeof one === "object" ? JSON.stringify(one) : one}`);
  return entries.join(", ") || "nothing";
}

/** Return variables of a call as pairs of a name and a text. */
export function knownOf(variables) {
  return Object.entries(variables ?? {}).map(([name, value]) => [name, value === null ? "not known" : inWords(value)]);
}
