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

  constructor(known: KnownBlocks, states: StateStore) {
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
    const { isHandedOver } = readEpoch(this.#states.reader(sink));
    return isHandedOver ? namedFinal(this.#known, sink) : this.#known.chainDag.finalPoint(sink);
  }

  /** True after the handover, when only certificates finalize blocks. */
  get isVoteCertain(): boolean {
    return readEpoch(this.#states.reader(this.#states.baseHash)).isHandedOver;
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
