import { readEpoch } from "@trellis/contracts";
import type { Block, Certificate, Hash } from "@trellis/protocol";
import type { HeaderContext } from "../consensus/ChainDag.ts";
import type { FinalLimit } from "../finality/FinalLimit.ts";
import { newerFinalPoint } from "../finality/finalPoint.ts";
import type { ShardCheckpoint } from "../shards/lastCheckpoint.ts";
import { ChainBatch } from "../store/ChainBatch.ts";
import { type ExecuteChainPorts, executeChain, findSink } from "./findSink.ts";

export interface ImportBatchPorts extends ExecuteChainPorts {
  readonly finalLimit: FinalLimit;
  /** In shard n > 0, where certificates only fix the fork choice. [SHARD-16] */
  readonly checkpoint?: (() => ShardCheckpoint) | undefined;
}

/** Final block to which the base moves in several steps. [EXEC-16] */
export interface FinalGoal {
  readonly block: Hash;
  readonly height: number;
}

/** Until the batch is stored, its blocks are visible only to imports. */
export class ImportBatch {
  readonly #ports: ImportBatchPorts;
  readonly batch = new ChainBatch();
  readonly blocks: Block[] = [];
  #sink: Hash;
  #final: Hash;
  #finalHeight: number;
  /** Forks without it are not selected. Default: the final block. */
  #certified: Hash | undefined;

  constructor(ports: ImportBatchPorts, sink: Hash, goal?: FinalGoal) {
    this.#ports = ports;
    this.#sink = sink;
    this.#final = goal?.block ?? ports.states.baseHash;
    const checkpoint = ports.checkpoint?.();
    this.#finalHeight = checkpoint?.height ?? goal?.height ?? ports.certificates.finalHeight;
    this.#certified = checkpoint?.hash;
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

  async selectSink(fresh?: Hash): Promise<void> {
    this.#sink = await findSink(this.#ports, this.batch, this.#root, fresh);
  }

  /** Also moves the sink to a descendant of the block. @returns false if the block cannot be final */
  async finalize({ value, height }: Certificate): Promise<boolean> {
    const { chainDag, log } = this.#ports;
    const { dag } = chainDag;
    const root = this.#root;
    if (!dag.isChainAncestor(value, root)) {
      if (!dag.isChainAncestor(root, value)) {
        log.error("certificate.conflicted", {
          value,
          height,
          final: root,
          message: "The certified block does not descend from the final block.",
        });
        return false;
      }
      if (!(await executeChain(this.#ports, this.batch, value))) {
        log.error("certificate.refused", {
          value,
          height,
          message: "The certified block is invalid on this node.",
        });
        return false;
      }
      if (this.#ports.checkpoint === undefined) this.#final = value;
      else this.#certified = value;
      this.#sink = await findSink(this.#ports, this.batch, value, undefined);
    }
    this.#finalHeight = Math.max(this.#finalHeight, height);
    return true;
  }

  /** [SHARD-16] */
  get #root(): Hash {
    const { dag } = this.#ports.chainDag;
    const certified = this.#certified;
    const isAbove =
      certified !== undefined && dag.has(certified) && dag.isChainAncestor(this.#final, certified);
    return isAbove ? certified : this.#final;
  }

  /** Call after the sink or the finality limit moves. [EXEC-18] [SYNC-29] */
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
