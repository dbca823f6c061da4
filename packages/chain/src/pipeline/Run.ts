import type { Block, Hash } from "@trellis/protocol";
import { newerFinalPoint } from "../finality/finalPoint.ts";
import type { DagPlace } from "./ChainDag.ts";
import { findSink } from "./findSink.ts";
import type { Stages } from "./Stages.ts";

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
  readonly #executed: Hash[] = [];

  constructor(stages: Stages, sink: Hash) {
    this.#stages = stages;
    this.#sink = sink;
    this.#final = stages.states.baseHash;
  }

  get sink(): Hash {
    return this.#sink;
  }

  get final(): Hash {
    return this.#final;
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
      this.#final = this.#finalOn(this.#sink);
      this.blocks.push(block);
    } catch (error) {
      this.#detachFrom(mark.executed);
      chainDag.takeBack(block.hash);
      blocks.forgetFrom(mark.unstored);
      throw error;
    }
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

  #finalOn(sink: Hash): Hash {
    const { chainDag } = this.#stages;
    return newerFinalPoint(this.#final, chainDag.finalPoint(sink), (ancestor, block) =>
      chainDag.dag.isChainAncestor(ancestor, block),
    );
  }
}
