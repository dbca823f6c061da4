import { LruMap } from "@trellis/base";
import { readParameters, readShardRecord } from "@trellis/contracts";
import { type Anchor, type Hash, type StateReader, ZERO_HASH } from "@trellis/protocol";
import { ruleErrors } from "../consensus/errors.ts";
import type { AnchoredState } from "../consensus/rules/AnchoredState.ts";

const ANCHORS_MAX = 1_024;

export class AnchoredStates {
  readonly #stateOf: (anchor: Anchor) => AnchoredState | undefined;
  readonly #known = new LruMap<Hash, AnchoredState>(ANCHORS_MAX);

  constructor(stateOf: (anchor: Anchor) => AnchoredState | undefined) {
    this.#stateOf = stateOf;
  }

  /** Undefined before the first anchor. @throws ANCHOR_NOT_FINAL, STATE_UNAVAILABLE */
  at(anchor: Anchor): AnchoredState | undefined {
    const { hash, number } = anchor;
    if (hash === ZERO_HASH) return undefined;
    const state = this.find(anchor);
    if (state === undefined) throw ruleErrors.ANCHOR_NOT_FINAL({ hash, number });
    return state;
  }

  /** Undefined if this node does not know it. @throws STATE_UNAVAILABLE */
  find(anchor: Anchor): AnchoredState | undefined {
    const known = this.#known.get(anchor.hash) ?? this.#stateOf(anchor);
    if (known !== undefined) this.#known.set(anchor.hash, known);
    return known;
  }
}

/** @param count number of shards @param state of shard 0 after the anchor, with its root */
export function readAnchoredState(
  { hash, number, epoch }: Anchor,
  count: number,
  { root, reader }: { readonly root: Hash; readonly reader: StateReader },
): AnchoredState {
  const own = { height: number, number, hash, stateRoot: root, epoch };
  const others = Array.from({ length: count - 1 }, (_, index) => readShardRecord(reader, index + 1));
  return { values: readParameters(reader), records: [own, ...others] };
}
