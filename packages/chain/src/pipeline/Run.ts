import { readEpoch } from "@trellis/contracts";
import type { Block, Certificate, Hash } from "@trellis/protocol";
import { newerFinalPoint } from "../finality/finalPoint.ts";
import type { DagPlace } from "./ChainDag.ts";
import { allowsFinal, pointUnder } from "./finalLimit.ts";
import { executeChain, findSink } from "./findSink.ts";
import type { Stages } from "./Stages.ts";

/** A block that is final for fork choice; the base moves up to it in parts. [EXEC-16] */
export interface FinalGoal {
  readonly block: Hash;
  /** Of the newest checkpoint that is final with it. */
  readonly height: number;
}

/**
 * Blocks that are executed one after another and stored together. Until then only what imports look at knows them:
 * the DAG, the states, and what the block store has at hand.
 */
export class Run {
  readonly #stages: Stages;
  /** In the order in which they came. */
  readonly blocks: Block[] = [];
  /** The sink and the final block as they will be. */
  #sink: Hash;
  #final: Hash;
  #finalHeight: number;
  readonly #executed: Hash[] = [];

  /** @param goal what is final, though its state is not the base yet */
  constructor(stages: Stages, sink: Hash, goal?: FinalGoal) {
    this.#stages = stages;
    this.#sink = sink;
    this.#final = goal?.block ?? stages.states.baseHash;
    this.#finalHeight = goal?.height ?? stages.certificates.finalHeight;
  }

  get sink(): Hash {
    return this.#sink;
  }

  get goal(): FinalGoal {
    return { block: this.#final, height: this.#finalHeight };
  }

  /**
   * Colours, orders and executes a block. Whatever goes wrong here is taken back, so that the block can come again.
   * [EXEC-22]
   */
  async add(block: Block, place: DagPlace): Promise<void> {
    const { chainDag, blocks } = this.#stages;
    const mark = { unstored: blocks.mark(), executed: this.#executed.length };
    blocks.add(block);
    chainDag.insert(block.hash, block.header, place);
    try {
      this.#sink = await findSink(this.#stages, this.#final, block.hash, this.#executed);
      this.followSink();
      this.blocks.push(block);
    } catch (error) {
      this.#detachFrom(mark.executed);
      chainDag.takeBack(block.hash);
      blocks.forgetFrom(mark.unstored);
      throw error;
    }
  }

  /**
   * Makes a certified block final if it is here, and selects the sink anew on it. A block that lies below the final one
   * says how far the vote is, and nothing else.
   * @returns false if the block, which is here, cannot be final
   */
  async finalize({ value, height }: Certificate): Promise<boolean> {
    const { chainDag, ports } = this.#stages;
    const { dag } = chainDag;
    if (!dag.isChainAncestor(value, this.#final)) {
      if (!dag.isChainAncestor(this.#final, value)) {
        ports.log.error("a certificate contradicts what is final here", {
          value,
          height,
          final: this.#final,
        });
        return false;
      }
      if (!(await executeChain(this.#stages, value, this.#executed))) {
        ports.log.error("a certificate is of a block that is not valid here", { value, height });
        return false;
      }
      this.#final = value;
      this.#sink = await findSink(this.#stages, value, undefined, this.#executed);
    }
    this.#finalHeight = Math.max(this.#finalHeight, height);
    return true;
  }

  /** As if none of the blocks had come. */
  takeBack(): void {
    const { chainDag, blocks } = this.#stages;
    this.#detachFrom(0);
    for (const { hash } of this.blocks.reverse()) chainDag.takeBack(hash);
    blocks.forgetUnstored();
  }

  #detachFrom(index: number): void {
    for (const hash of this.#executed.splice(index).reverse()) this.#stages.states.detach(hash);
  }

  /** What a limit keeps from being final is so when the limit has moved. [EXEC-18] [SYNC-29] */
  followSink(): void {
    const { chainDag, states } = this.#stages;
    const { dag } = chainDag;
    const { certifiedHeight } = readEpoch(states.reader(this.#sink));
    const point = pointUnder(this.#stages, this.#sink);
    if (dag.has(point)) {
      if (!allowsFinal(this.#stages, point)) return;
      this.#final = newerFinalPoint(this.#final, point, (ancestor, block) =>
        dag.isChainAncestor(ancestor, block),
      );
    }
    this.#finalHeight = Math.max(this.#finalHeight, certifiedHeight);
  }
}
