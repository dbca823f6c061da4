import { readEpoch } from "@trellis/contracts";
import type { Block, Certificate, Hash } from "@trellis/protocol";
import type { HeaderContext } from "../consensus/ChainDag.ts";
import type { FinalLimit } from "../finality/FinalLimit.ts";
import { newerFinalPoint } from "../finality/finalPoint.ts";
import { ChainBatch } from "../store/ChainBatch.ts";
import { type ExecuteChainPorts, executeChain, findSink } from "./findSink.ts";

export interface ImportBatchPorts extends ExecuteChainPorts {
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
export class ImportBatch {
  readonly #ports: ImportBatchPorts;
  /** What the blocks change. */
  readonly batch = new ChainBatch();
  /** In the order in which they came. */
  readonly blocks: Block[] = [];
  /** The sink and the final block as they will be. */
  #sink: Hash;
  #final: Hash;
  #finalHeight: number;

  /** @param goal what is final, though its state is not the base yet */
  constructor(ports: ImportBatchPorts, sink: Hash, goal?: FinalGoal) {
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

  /** Gives a block its place in the DAG. */
  insert(block: Block, context: HeaderContext): void {
    const { chainDag, blocks } = this.#ports;
    blocks.add(this.batch, block);
    chainDag.insert(this.batch, block.hash, block.header, context);
    this.blocks.push(block);
    this.batch.onRollback(() => this.blocks.pop());
  }

  /** Executes what may be the selected chain now. @param fresh the block that came last */
  async selectSink(fresh: Hash): Promise<void> {
    this.#sink = await findSink(this.#ports, this.batch, this.#final, fresh);
  }

  /**
   * Makes a certified block final if it is here, and selects the sink again on it. A block that lies below the final one
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
