/** Parents are indices of earlier blocks. */
export interface GraphBlock {
  readonly parents: readonly number[];
  readonly atMs: number;
}

export interface GraphOptions {
  readonly blocks: number;
  readonly blocksPerSecond: number;
  readonly delayMsMin: number;
  readonly delayMsMax: number;
  readonly parentsMax: number;
  readonly attackShare?: number;
  readonly attackLength?: number;
  readonly seed: number;
}

/** Poisson process with a random propagation delay per block. Deterministic. */
export function dagGraph(options: GraphOptions): GraphBlock[] {
  const { blocks: count, blocksPerSecond, delayMsMin, delayMsMax, parentsMax } = options;
  const random = seededRandom(options.seed);
  const graph: GraphBlock[] = [{ parents: [], atMs: 0 }];
  const visibleAtMs = [0];
  const view = new View(graph);
  view.see(0);
  const hidden = new HiddenBranch(options.attackLength ?? 0);
  let travelling: number[] = [];
  let nowMs = 0;
  while (graph.length < count) {
    nowMs += (-Math.log(1 - random()) * 1000) / blocksPerSecond;
    travelling = travelling.filter((block) => {
      if (visibleAtMs[block]! > nowMs || hidden.holds(block)) return true;
      view.see(block);
      return false;
    });
    const block = graph.length;
    const isHidden = random() < (options.attackShare ?? 0);
    const parents = isHidden ? hidden.parents(view, parentsMax, random) : view.tips(parentsMax, random);
    graph.push({ parents, atMs: Math.floor(nowMs) });
    visibleAtMs.push(nowMs + delayMsMin + random() * (delayMsMax - delayMsMin));
    travelling.push(block);
    if (isHidden) hidden.add(block);
  }
  return graph;
}

class View {
  readonly #graph: readonly GraphBlock[];
  readonly #tips = new Set<number>();
  readonly #seen = new Set<number>();
  readonly #waiting = new Set<number>();

  constructor(graph: readonly GraphBlock[]) {
    this.#graph = graph;
  }

  see(block: number): void {
    if (!this.#graph[block]!.parents.every((parent) => this.#seen.has(parent))) {
      this.#waiting.add(block);
      return;
    }
    this.#seen.add(block);
    for (const parent of this.#graph[block]!.parents) this.#tips.delete(parent);
    this.#tips.add(block);
    for (const waiting of this.#waiting) {
      if (!this.#graph[waiting]!.parents.includes(block)) continue;
      this.#waiting.delete(waiting);
      this.see(waiting);
    }
  }

  /** Half of the tips are the newest, half random, so that none waits long. */
  tips(countMax: number, random: () => number): number[] {
    const tips = [...this.#tips].sort((a, b) => b - a);
    const chosen = tips.splice(0, Math.ceil(countMax / 2));
    while (chosen.length < countMax && tips.length > 0) {
      chosen.push(...tips.splice(Math.floor(random() * tips.length), 1));
    }
    return chosen;
  }
}

class HiddenBranch {
  readonly #lengthMax: number;
  #blocks: number[] = [];

  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  holds(block: number): boolean {
    return this.#blocks.includes(block);
  }

  parents(view: View, parentsMax: number, random: () => number): number[] {
    if (this.#blocks.length >= this.#lengthMax) this.#blocks = [];
    const last = this.#blocks.at(-1);
    return last === undefined ? view.tips(parentsMax, random) : [last];
  }

  add(block: number): void {
    this.#blocks.push(block);
  }
}

/** mulberry32. Returns numbers in [0, 1), equal on every machine. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
