import { readEpoch } from "@trellis/contracts";
import type { Block, Certificate, Hash } from "@trellis/protocol";
import type { HeaderContext } from "../consensus/ChainDag.ts";
import type { FinalLimit } from "../finality/FinalLimit.ts";
import { newerFinalPoint } from "../finality/finalPoint.ts";
import { ChainBatch } from "../store/ChainBatch.ts";
import { type ExecuteChainPorts, executeChain, findSink } from "./findSink.ts";

export interface RunPorts extends ExecuteChainPorts {
  readonly finalLimit: FinalLimit;
}

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
  readonly #ports: RunPorts;
  /** In the order in which they came. */
  readonly blocks: Block[] = [];
  /** The sink and the final block as they will be. */
  #sink: Hash;
  #final: Hash;
  #finalHeight: number;
  /** What the blocks change. */
  readonly batch = new ChainBatch();

  /** @param goal what is final, though its state is not the base yet */
  constructor(ports: RunPorts, sink: Hash, goal?: FinalGoal) {
    this.#ports = ports;
    this.#sink = sink;
    this.#final = goal?.block ?? ports.states.baseHash;
    this.#finalHeight = goal?.height ?? ports.certificates.finalHeight;
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
  async add(block: Block, context: HeaderContext): Promise<void> {
    const { chainDag, blocks } = this.#ports;
    const savepoint = this.batch.savepoint();
    try {
      blocks.add(this.batch, block);
      chainDag.insert(this.batch, block.hash, block.header, context);
      this.#sink = await findSink(this.#ports, this.batch, this.#final, block.hash);
      this.followSink();
      this.blocks.push(block);
    } catch (error) {
      this.batch.rollback(savepoint);
      throw error;
    }
  }

  /**
   * Makes a certified block final if it is here, and selects the sink anew on it. A block that lies below the final one
   * says how far the vote is, and nothing else.
   * @returns false if the block, which is here, cannot be final
   */
  async finalize({ value, height }: Certificate): Promise<boolean> {
    const { chainDag, log } = this.#ports;
    const { dag } = chainDag;
    if (!dag.isChainAncestor(value, this.#final)) {
      if (!dag.isChainAncestor(this.#final, value)) {
        log.error("a certificate contradicts what is final here", {
          value,
          height,
          final: this.#final,
        });
        return false;
      }
      if (!(await executeChain(this.#ports, this.batch, value))) {
        log.error("a certificate is of a block that is not valid here", { value, height });
        return false;
      }
      this.#final = value;
      this.#sink = await findSink(this.#ports, this.batch, value, undefined);
    }
    this.#finalHeight = Math.max(this.#finalHeight, height);
    return true;
  }

  /** What a limit keeps from being final is so when the limit has moved. [EXEC-18] [SYNC-29] */
  followSink(): void {
    const { chainDag, states, finalLimit } = this.#ports;
    const { dag } = chainDag;
    const { certifiedHeight } = readEpoch(states.reader(this.#sink));
    const point = finalLimit.pointUnder(this.#sink);
    if (dag.has(point)) {
      if (!finalLimit.allows(point)) return;
      this.#final = newerFinalPoint(this.#final, point, (ancestor, block) =>
        dag.isChainAncestor(ancestor, block),
      );
    }
    this.#finalHeight = Math.max(this.#finalHeight, certifiedHeight);
  }
}
