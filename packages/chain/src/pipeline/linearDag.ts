import {
  compactToTarget,
  type Hash,
  type Header,
  type NetworkParameters,
  workOfTarget,
} from "@trellis/protocol";

export interface DagData {
  readonly selectedParent: Hash;
  readonly mergeset: readonly Hash[];
  readonly blues: readonly Hash[];
  readonly reds: readonly Hash[];
  readonly blueScore: number;
  readonly blueWork: bigint;
  readonly daaScore: number;
  readonly bits: number;
  readonly pastMedianTimeMs: number;
}
export class Dag {
  #p: NetworkParameters;
  #data = new Map<Hash, DagData>();
  #headers = new Map<Hash, Header>();
  #children = new Map<Hash, Hash[]>();
  #order: Hash[] = [];
  constructor(p: NetworkParameters, genesis: Hash, header: Header) {
    this.#p = p;
    this.insert(genesis, header, {
      selectedParent: genesis,
      mergeset: [],
      blues: [],
      reds: [],
      blueScore: 0,
      blueWork: 0n,
      daaScore: 0,
      bits: header.bits,
      pastMedianTimeMs: header.timestampMs,
    });
  }
  get count() {
    return this.#order.length;
  }
  has(h: Hash) {
    return this.#data.has(h);
  }
  data(h: Hash) {
    return this.#data.get(h)!;
  }
  prepare(h: Pick<Header, "parents" | "stream" | "timestampMs">): DagData {
    const sp = h.parents[0]!;
    const d = this.data(sp);
    const bits = this.#p.streams[h.stream]!.genesisBits;
    const sh = this.#headers.get(sp)!;
    return {
      selectedParent: sp,
      mergeset: [],
      blues: [sp],
      reds: [],
      blueScore: d.blueScore + 1,
      blueWork: d.blueWork + workOfTarget(compactToTarget(sh.bits)),
      daaScore: d.daaScore + 1,
      bits,
      pastMedianTimeMs: sh.timestampMs - 1,
    };
  }
  insert(h: Hash, header: Header, d: DagData) {
    this.#data.set(h, d);
    this.#headers.set(h, header);
    this.#order.push(h);
    this.#children.set(h, []);
    if (header.parents[0]) this.#children.get(header.parents[0])!.push(h);
  }
  tips(): Hash[] {
    return this.#order.filter((h) => this.#children.get(h)!.length === 0);
  }
  children(h: Hash) {
    return this.#children.get(h)!;
  }
  sinkCandidates() {
    const order = [...this.#order].reverse();
    return { next: () => order[0], refuse: () => void order.shift() };
  }
  isChainAncestor(a: Hash, b: Hash) {
    for (let h = b; ; h = this.data(h).selectedParent) {
      if (h === a) return true;
      if (this.data(h).blueScore === 0) return false;
    }
  }
  chainPath(a: Hash, b: Hash) {
    const added: Hash[] = [];
    for (let h = b; h !== a; h = this.data(h).selectedParent) added.unshift(h);
    return { removed: [] as Hash[], added };
  }
  templateParents(s: Hash) {
    return [s];
  }
  blueScoreOf(h: Hash) {
    return this.data(h).blueScore;
  }
  parentOf(h: Hash) {
    return this.data(h).selectedParent;
  }
  hashesByBlueScore(f: number, t: number, n: number) {
    return this.#order
      .filter((h) => {
        const s = this.data(h).blueScore;
        return s >= f && s <= t;
      })
      .slice(0, n);
  }
  recentByStream(n: number) {
    const c: number[] = this.#p.streams.map(() => 0);
    for (const h of this.#order.slice(-n)) c[this.#headers.get(h)!.stream]!++;
    return c;
  }
  nextBits(_h: Hash, s: number) {
    return this.#p.streams[s]!.genesisBits;
  }
}
