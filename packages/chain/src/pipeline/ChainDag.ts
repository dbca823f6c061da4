import type { Hash, Header, NetworkParameters } from "@trellis/protocol";
import { type BlockFacts, Dag, type Placement, type Standing } from "../dag/index.ts";
import { Difficulty } from "../difficulty/Difficulty.ts";

/** The header fields that a block's place in the DAG follows from. */
export type DagHeader = Pick<Header, "parents" | "stream">;

/** Where a block would stand, and what its header must therefore say. */
export interface DagPlace extends Standing {
  readonly placement: Placement;
  readonly daaScore: number;
  /** Compact target of the block's stream. */
  readonly bits: number;
  /** The block's timestamp must be later. */
  readonly medianTimeMs: number;
  /** By stream; see BlockFacts. */
  readonly daaCounts: readonly number[];
  readonly bitsOfStreams: readonly number[];
}

/** The DAG with difficulty and time on top: what a header's consensus fields are computed from. */
export class ChainDag {
  readonly dag: Dag;
  readonly #difficulty: Difficulty;

  constructor(parameters: NetworkParameters, genesisHash: Hash, { stream, bits, timestampMs }: Header) {
    this.dag = new Dag({ limits: parameters, streamCount: parameters.streams.length });
    this.#difficulty = new Difficulty(parameters, this.dag);
    const { daaCounts, bitsOfStreams } = this.#difficulty.genesis();
    const work = this.#difficulty.work(bits, stream);
    this.dag.insertGenesis({ hash: genesisHash, work, timestampMs, stream, daaCounts, bitsOfStreams });
  }

  /** Checks no rule and changes nothing. @throws DAG_PARENT_UNKNOWN */
  place({ parents, stream }: DagHeader): DagPlace {
    const placement = this.dag.place(parents);
    return { ...this.dag.standing(placement), placement, ...this.#difficulty.assess(placement, stream) };
  }

  insert(
    hash: Hash,
    { stream, bits, timestampMs }: Header,
    { placement, daaCounts, bitsOfStreams }: DagPlace,
  ): void {
    const work = this.#difficulty.work(bits, stream);
    const facts: BlockFacts = { hash, work, timestampMs, stream, daaCounts, bitsOfStreams };
    this.dag.insert(facts, placement);
  }

  /** Compact target of a stream's next block on `sink`. */
  nextBits(sink: Hash, stream: number): number {
    return this.#difficulty.bitsFor(this.dag.place([sink]), stream);
  }

  /** Blocks with blue score in [from, to], ascending by (blue score, hash). */
  hashesByBlueScore(from: number, to: number, countMax: number): Hash[] {
    const { table } = this.dag;
    const found: number[] = [];
    for (let block = 0; block < table.count; block++) {
      const score = table.blueScores[block]!;
      if (score >= from && score <= to) found.push(block);
    }
    const order = (a: number, b: number): number =>
      table.blueScores[a]! - table.blueScores[b]! || (table.hash(a) < table.hash(b) ? -1 : 1);
    return table.hashes(found.sort(order).slice(0, countMax));
  }

  /** By stream: how many of the newest `count` blocks it has. */
  recentByStream(count: number): number[] {
    const { table } = this.dag;
    const counts = new Array<number>(table.streamCount).fill(0);
    for (let block = Math.max(0, table.count - count); block < table.count; block++)
      counts[table.streams[block]!]!++;
    return counts;
  }
}
