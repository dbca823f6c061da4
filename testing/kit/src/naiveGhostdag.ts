import type { Hash } from "@trellis/protocol";

export interface NaiveBlock {
  readonly hash: Hash;
  readonly parents: readonly Hash[];
  readonly work: bigint;
}

export interface NaiveColours {
  readonly selectedParent: Hash;
  readonly blues: readonly Hash[];
  readonly reds: readonly Hash[];
  readonly mergeset: readonly Hash[];
  readonly blueScore: number;
  readonly blueWork: bigint;
}

interface Known extends NaiveBlock {
  readonly index: number;
  readonly past: Uint32Array;
  readonly colours: NaiveColours | undefined;
  readonly anticoneSizes: ReadonlyMap<Hash, number>;
}

/** Memory is quadratic in the number of blocks. */
export class NaiveGhostdag {
  readonly #k: number;
  readonly #blocks = new Map<Hash, Known>();

  constructor(k: number) {
    this.#k = k;
  }

  add(block: NaiveBlock): NaiveColours | undefined {
    const index = this.#blocks.size;
    const past = new Uint32Array((index >> 5) + 1);
    for (const hash of block.parents) {
      const parent = this.#get(hash);
      for (let word = 0; word < parent.past.length; word++) past[word]! |= parent.past[word]!;
      past[parent.index >> 5]! |= 1 << (parent.index & 31);
    }
    const draft = { ...block, index, past };
    if (block.parents.length === 0) {
      this.#blocks.set(block.hash, { ...draft, colours: undefined, anticoneSizes: new Map() });
      return undefined;
    }
    const anticoneSizes = new Map<Hash, number>();
    const colours = this.#colour(draft, anticoneSizes);
    this.#blocks.set(block.hash, { ...draft, colours, anticoneSizes });
    return colours;
  }

  isAncestor(ancestor: Hash, block: Hash): boolean {
    if (ancestor === block) return true;
    const { index } = this.#get(ancestor);
    return (((this.#get(block).past[index >> 5] ?? 0) >>> (index & 31)) & 1) === 1;
  }

  isChainAncestor(ancestor: Hash, block: Hash): boolean {
    for (let at: Hash | undefined = block; at !== undefined; at = this.#get(at).colours?.selectedParent) {
      if (at === ancestor) return true;
    }
    return false;
  }

  #colour(draft: NaiveBlock, sizes: Map<Hash, number>): NaiveColours {
    const selected = draft.parents.map((hash) => this.#get(hash)).reduce((a, b) => (heavier(a, b) ? a : b));
    const merged = this.#mergeset(draft.parents, selected.hash).sort((a, b) => (heavier(a, b) ? 1 : -1));
    const blues = [selected.hash];
    const reds: Hash[] = [];
    sizes.set(selected.hash, 0);
    for (const { hash } of merged) {
      const anticone = this.#blueAnticone(hash, blues, selected.hash, sizes);
      if (anticone === undefined) reds.push(hash);
      else {
        blues.push(hash);
        sizes.set(hash, anticone.size);
        for (const [peer, size] of anticone) sizes.set(peer, size + 1);
      }
    }
    const mergeset = merged.map(({ hash }) => hash);
    const blueScore = scoreOf(selected) + blues.length;
    const blueWork = blues.reduce((sum, blue) => sum + this.#get(blue).work, workBelow(selected));
    return { selectedParent: selected.hash, blues, reds, mergeset, blueScore, blueWork };
  }

  #mergeset(parents: readonly Hash[], selected: Hash): Known[] {
    const found = new Set(parents.filter((hash) => !this.isAncestor(hash, selected)));
    // The loop also visits elements that it adds.
    for (const hash of found) {
      for (const parent of this.#get(hash).parents) if (!this.isAncestor(parent, selected)) found.add(parent);
    }
    return [...found].map((hash) => this.#get(hash));
  }

  /** The candidate's blue anticone, with anticone sizes; undefined if red. */
  #blueAnticone(
    candidate: Hash,
    blues: readonly Hash[],
    selected: Hash,
    sizes: ReadonlyMap<Hash, number>,
  ): Map<Hash, number> | undefined {
    if (blues.length === this.#k + 1) return undefined;
    const anticone = new Map<Hash, number>();
    let chainBlues = blues;
    for (let chain: Hash | undefined = selected; ; ) {
      for (const peer of chainBlues) {
        if (this.isAncestor(peer, candidate)) continue;
        const size = this.#sizeFrom(peer, selected, sizes);
        anticone.set(peer, size);
        if (anticone.size > this.#k || size === this.#k) return undefined;
      }
      if (chain === undefined || this.isAncestor(chain, candidate)) return anticone;
      const colours: NaiveColours | undefined = this.#get(chain).colours;
      chainBlues = colours?.blues ?? [];
      chain = colours?.selectedParent;
    }
  }

  #sizeFrom(peer: Hash, selected: Hash, newest: ReadonlyMap<Hash, number>): number {
    let sizes = newest;
    for (let chain: Hash | undefined = selected; ; chain = this.#get(chain!).colours?.selectedParent) {
      const size = sizes.get(peer);
      if (size !== undefined) return size;
      sizes = this.#get(chain!).anticoneSizes;
    }
  }

  #get(hash: Hash): Known {
    return this.#blocks.get(hash)!;
  }
}

function heavier(a: Known, b: Known): boolean {
  const [workA, workB] = [workBelow(a), workBelow(b)];
  return workA === workB ? a.hash > b.hash : workA > workB;
}

function workBelow({ colours }: Known): bigint {
  return colours?.blueWork ?? 0n;
}

function scoreOf({ colours }: Known): number {
  return colours?.blueScore ?? 0;
}
