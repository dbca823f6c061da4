import { LruMap } from "@trellis/base";
import { type GovernedValues, readParameters, readShardRecord, type ShardRecord } from "@trellis/contracts";
import { type Anchor, type Hash, ZERO_HASH } from "@trellis/protocol";
import { ruleErrors } from "../consensus/errors.ts";
import type { StateOfAnchor } from "../consensus/rules/anchor.ts";

/** What other shards need of shard 0's state. Small, so that it outlives the state. */
export interface AnchoredState {
  /** Undefined without staking contracts. [SHARD-14.5] */
  readonly values: GovernedValues | undefined;
  /** By shard. The record of shard 0 is the anchor itself. [SHARD-12] */
  readonly records: readonly AnchoredRecord[];
}

export type AnchoredRecord = Pick<ShardRecord, "height" | "number" | "hash" | "stateRoot" | "epoch">;

const ANCHORS_MAX = 1_024;

export class AnchoredStates {
  readonly #count: number;
  readonly #stateOf: (anchor: Hash) => StateOfAnchor | undefined;
  readonly #known = new LruMap<Hash, AnchoredState>(ANCHORS_MAX);

  /** @param count number of shards */
  constructor(count: number, stateOf: (anchor: Hash) => StateOfAnchor | undefined) {
    this.#count = count;
    this.#stateOf = stateOf;
  }

  /** Undefined before the first anchor. @throws ANCHOR_NOT_FINAL, STATE_UNAVAILABLE */
  at(anchor: Anchor): AnchoredState | undefined {
    const { hash, number } = anchor;
    if (hash === ZERO_HASH) return undefined;
    const known = this.#known.get(hash);
    if (known !== undefined) return known;
    const state = this.#stateOf(hash);
    if (state === undefined) throw ruleErrors.ANCHOR_NOT_FINAL({ hash, number });
    const read = this.#read(anchor, state);
    this.#known.set(hash, read);
    return read;
  }

  #read({ hash, number, epoch }: Anchor, { root, reader }: StateOfAnchor): AnchoredState {
    const own = { height: number, number, hash, stateRoot: root, epoch };
    const others = Array.from({ length: this.#count - 1 }, (_, index) => readShardRecord(reader, index + 1));
    return { values: readParameters(reader), records: [own, ...others] };
  }
}
