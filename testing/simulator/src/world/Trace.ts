const KEPT = 400;

interface TraceEntry {
  readonly event: number;
  readonly atMs: number;
  readonly owner: number;
  readonly label: string;
  readonly fact: string | number;
}

export class Trace {
  readonly #rings = new Map<number, { readonly entries: TraceEntry[]; next: number }>();

  add(event: number, atMs: number, owner: number, label: string, fact: string | number): void {
    let ring = this.#rings.get(owner);
    if (ring === undefined) {
      ring = { entries: [], next: 0 };
      this.#rings.set(owner, ring);
    }
    ring.entries[ring.next] = { event, atMs, owner, label, fact };
    ring.next = (ring.next + 1) % KEPT;
  }

  lines(): string[] {
    const all = [...this.#rings.values()].flatMap(({ entries, next }) => [
      ...entries.slice(next),
      ...entries.slice(0, next),
    ]);
    all.sort((a, b) => a.event - b.event);
    return all.map(({ event, atMs, owner, label, fact }) => {
      const who = owner < 0 ? "world" : `node ${owner}`;
      return `#${event} ${atMs.toFixed(3)} ms ${who} ${label}${fact === "" ? "" : ` ${fact}`}`;
    });
  }
}
