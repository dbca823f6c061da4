const MINUTE_MS = 60_000;

/** Sliding windows of a minute by name; a clock that moves back ends no window. */
export class MinuteCounts {
  readonly #counts = new Map<string, { times: number[]; first: number }>();
  #nowMs = 0;

  /** False beyond `max`. */
  add(name: string, nowMs: number, max: number): boolean {
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    const count = this.#counts.get(name) ?? { times: [], first: 0 };
    this.#counts.set(name, count);
    while ((count.times[count.first] ?? this.#nowMs) <= this.#nowMs - MINUTE_MS) count.first += 1;
    if (count.times.length - count.first >= max) return false;
    if (count.first > max) {
      count.times = count.times.slice(count.first);
      count.first = 0;
    }
    count.times.push(this.#nowMs);
    return true;
  }
}
