import { readEpoch } from "@trellis/contracts";
import type { Hash } from "@trellis/protocol";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import { namedFinal } from "../consensus/rules/finalNames.ts";
import type { StateStore } from "../state/StateStore.ts";

/** [SYNC-29] */
export class FinalLimit {
  #newest: Hash | undefined;
  #held: Hash | undefined;
  readonly #known: KnownBlocks;
  readonly #states: StateStore;
  readonly #isAnchored: boolean;

  /** @param isAnchored in shard n > 0, whose blocks shard 0 finalizes [SHARD-16] */
  constructor(known: KnownBlocks, states: StateStore, isAnchored = false) {
    this.#isAnchored = isAnchored;
    this.#known = known;
    this.#states = states;
  }

  limitTo(newest: Hash | undefined): void {
    this.#newest = newest;
  }

  /** Unlike `limitTo`, also against certificates. [DEV-3] */
  holdAt(newest: Hash | undefined): void {
    this.#held = newest;
  }

  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  pointUnder(sink: Hash): Hash {
    return this.#isHandedOver(sink) ? namedFinal(this.#known, sink) : this.#known.chainDag.finalPoint(sink);
  }

  /** True after the handover, when only certificates finalize blocks. */
  get isVoteCertain(): boolean {
    return this.#isHandedOver(this.#states.baseHash);
  }

  #isHandedOver(block: Hash): boolean {
    return this.#isAnchored || readEpoch(this.#states.reader(block)).isHandedOver;
  }

  allows(block: Hash): boolean {
    if (this.#held !== undefined && !this.#isUnder(block, this.#held)) return false;
    if (this.#newest === undefined || this.isVoteCertain) return true;
    return this.#isUnder(block, this.#newest);
  }

  #isUnder(block: Hash, newest: Hash): boolean {
    const { dag } = this.#known.chainDag;
    return dag.has(newest) && dag.isChainAncestor(block, newest);
  }
}
