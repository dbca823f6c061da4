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

/** Final for fork choice; the base follows in parts. [EXEC-16] */
export interface FinalGoal {
  readonly block: Hash;
  /** Of the newest final checkpoint. */
  readonly height: number;
}

/** Until stored, only imports see these blocks. */
export class ImportBatch {
  readonly #ports: ImportBatchPorts;
  readonly batch = new ChainBatch();
  /** In order of arrival. */
  readonly blocks: Block[] = [];
  /** After the batch. */
  #sink: Hash;
  #final: Hash;
  #finalHeight: number;

  /** @param goal set while the base is behind the final block */
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

  insert(block: Block, context: HeaderContext): void {
    const { chainDag, blocks } = this.#ports;
    blocks.add(this.batch, block);
    chainDag.insert(this.batch, block.hash, block.header, context);
    this.blocks.push(block);
    this.batch.onRollback(() => this.blocks.pop());
  }

  /** @param fresh the newest block */
  async selectSink(fresh: Hash): Promise<void> {
    this.#sink = await findSink(this.#ports, this.batch, this.#final, fresh);
  }

  /**
   * Makes the block final and selects the sink on it. Below the final block only the height counts.
   * @returns false if the block cannot be final
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

  /** Call after the sink or the limit moved. [EXEC-18] [SYNC-29] */
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
