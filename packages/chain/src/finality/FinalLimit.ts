import { readEpoch } from "@trellis/contracts";
import type { Hash } from "@trellis/protocol";
import { namedFinal } from "../consensus/forkChoice/finalNames.ts";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import type { StateStore } from "../state/StateStore.ts";

/** Up to where a node that begins lets its chain become final: what others have, too. [SYNC-29] */
export class FinalLimit {
  /** Undefined where there is no limit. */
  newest: Hash | undefined;
  readonly #known: KnownBlocks;
  readonly #states: StateStore;

  constructor(known: KnownBlocks, states: StateStore) {
    this.#known = known;
    this.#states = states;
  }

  /**
   * What a sink makes final: what it names where finality is handed over in its state, and what depth makes final
   * before. What it names was verified when it was executed. [EXEC-18]
   */
  pointUnder(sink: Hash): Hash {
    const { isHandedOver } = readEpoch(this.#states.reader(sink));
    return isHandedOver ? namedFinal(this.#known, sink) : this.#known.chainDag.finalPoint(sink);
  }

  /** Whether validators that are known by what is final here say what is final next: then nobody else can. */
  get isVoteCertain(): boolean {
    return readEpoch(this.#states.reader(this.#states.baseHash)).isHandedOver;
  }

  /** Whether a block of the DAG may become final as far as the limit goes. */
  allows(block: Hash): boolean {
    if (this.newest === undefined || this.isVoteCertain) return true;
    const { dag } = this.#known.chainDag;
    return dag.has(this.newest) && dag.isChainAncestor(block, this.newest);
  }
}
