import { hexToBytes, isTrellisError } from "@trellis/base";
import type { Block, ChainBlock, ChainEvent, Hash } from "@trellis/protocol";
import type { WriteOperation } from "@trellis/storage";
import { verifyTimestamp } from "../difficulty/index.ts";
import { newerFinalPoint } from "../finality/finalPoint.ts";
import { verifyBodyInIsolation } from "../intake/bodyInIsolation.ts";
import { intakeErrors } from "../intake/errors.ts";
import { verifyHeaderInContext } from "../intake/headerInContext.ts";
import { verifyHeaderInIsolation } from "../intake/headerInIsolation.ts";
import type { DagPlace } from "./ChainDag.ts";
import { pipelineErrors } from "./errors.ts";
import { impliedFields } from "./impliedFields.ts";
import { moveSink, type SinkMove } from "./moveSink.ts";
import { writeOfPlace } from "./openStages.ts";
import type { Stages } from "./Stages.ts";

export interface ImportResult {
  readonly hash: Hash;
  /** Newest first. */
  readonly removed: readonly ChainBlock[];
  /** Oldest first. */
  readonly added: readonly ChainBlock[];
  readonly events: readonly ChainEvent[];
}

/** A miner of this node has hashed what it sealed; the seal of a block from elsewhere is checked. */
export type BlockOrigin = "received" | "sealedHere";

/** Takes blocks in, one after another: a block is either stored with all that follows from it, or leaves no trace. */
export class Importer {
  readonly #stages: Stages;
  readonly #announce: (result: ImportResult) => void;
  #sink: Hash;
  #line: Promise<unknown> = Promise.resolve();
  #failure: Error | undefined;

  /** @param announce told of each import in the moment in which the sink moves */
  constructor(stages: Stages, sink: Hash, announce: (result: ImportResult) => void) {
    this.#stages = stages;
    this.#sink = sink;
    this.#announce = announce;
  }

  get sink(): Hash {
    return this.#sink;
  }

  /** Why the chain takes no more blocks. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /**
   * @throws the first rule that the block breaks; BLOCK_NOT_TAKEN if this node could not tell, and CHAIN_STOPPED if
   * it cannot go on. Whichever it is, the block is not here.
   */
  importBlock(block: Block, origin: BlockOrigin): Promise<ImportResult> {
    const imported = this.#line.then(() => this.#import(block, origin));
    this.#line = imported.catch(() => {});
    return imported;
  }

  /** Resolves when every import that was asked for has ended. */
  async idle(): Promise<void> {
    await this.#line;
  }

  async #import(block: Block, origin: BlockOrigin): Promise<ImportResult> {
    if (this.#failure !== undefined) throw pipelineErrors.CHAIN_STOPPED({}, this.#failure);
    const place = await this.#check(block, origin);
    return this.#commit(block, await this.#execute(block, place));
  }

  /** In isolation, then in context, then the signatures, which are dearest. [EXEC-6] */
  async #check(block: Block, origin: BlockOrigin): Promise<DagPlace> {
    try {
      await this.#checkInIsolation(block, origin);
      const place = this.#checkInContext(block);
      await this.#stages.executor.sendersOf(block);
      return place;
    } catch (error) {
      throw isTrellisError(error) && error.consequence !== "fatal" ? error : this.#refuse(block, error);
    }
  }

  /** What the block and the clock can tell. [EXEC-1] [EXEC-2] */
  async #checkInIsolation(block: Block, origin: BlockOrigin): Promise<void> {
    const { options, ports, chainDag } = this.#stages;
    if (chainDag.dag.has(block.hash)) throw intakeErrors.BLOCK_KNOWN({ block: block.hash });
    verifyHeaderInIsolation(block.header, options.parameters, options.shard, ports.clock.nowMs());
    if (origin === "received" && !(await ports.verifySeal(block.header))) {
      throw intakeErrors.SEAL_INVALID({ block: block.hash });
    }
    verifyBodyInIsolation(block, options.parameters);
  }

  /** What the block's past can tell. [EXEC-3] [EXEC-4] */
  #checkInContext({ header }: Block): DagPlace {
    const { chainDag } = this.#stages;
    const { dag } = chainDag;
    for (const parent of header.parents) if (!dag.has(parent)) throw intakeErrors.PARENT_UNKNOWN({ parent });
    const place = chainDag.place(header);
    dag.verify(place.placement);
    if (place.selectedParent !== header.parents[0]) {
      throw intakeErrors.SELECTED_PARENT_NOT_FIRST({
        got: header.parents[0],
        expected: place.selectedParent,
      });
    }
    verifyTimestamp(header.timestampMs, place.medianTimeMs);
    verifyHeaderInContext(header, impliedFields(this.#stages, place));
    this.#checkFinalized(header.finalized, place.selectedParent);
    return place;
  }

  /** From the selected parent's to what depth makes final on it: nobody can force others to a newer one. [EXEC-5] */
  #checkFinalized(finalized: Hash, selectedParent: Hash): void {
    const { blocks, chainDag } = this.#stages;
    const { dag } = chainDag;
    const { number, finalized: oldest } = blocks.storedHeader(selectedParent);
    const newest = chainDag.finalPoint(selectedParent);
    const isFinal = dag.has(finalized) && dag.isChainAncestor(finalized, newest);
    if (isFinal && (number === 0 || dag.isChainAncestor(oldest, finalized))) return;
    throw intakeErrors.FINALIZED_NOT_ON_CHAIN({ finalized, selectedParent, oldest, newest });
  }

  /** Colours, orders and executes. Whatever goes wrong here is taken back, so that the block can come again. [EXEC-22] */
  async #execute(block: Block, place: DagPlace): Promise<SinkMove> {
    const { chainDag, blocks, states } = this.#stages;
    const executed: Hash[] = [];
    blocks.add(block);
    chainDag.insert(block.hash, block.header, place);
    try {
      return await moveSink(this.#stages, this.#sink, block.hash, executed);
    } catch (error) {
      for (const hash of executed.reverse()) states.detach(hash);
      chainDag.takeBack(block.hash);
      blocks.forgetUnstored();
      throw this.#refuse(block, error);
    }
  }

  /**
   * Makes final, stores and announces. From here on there is no way back: when a batch fails, nobody knows what is
   * stored. [EXEC-21] [EXEC-22]
   */
  async #commit(block: Block, move: SinkMove): Promise<ImportResult> {
    const { blocks, states, ports } = this.#stages;
    const { sink, removed, added } = move;
    let events: ChainEvent[];
    try {
      const final = this.#finalOn(sink);
      events = eventsOf(block, move, final === states.baseHash ? undefined : this.#finalized(final));
      const { writes, apply } = states.flatten(final);
      await ports.store.write([...this.#writesOf(block, move, final), ...writes]);
      blocks.settle();
      apply();
      this.#sink = sink;
    } catch (error) {
      throw this.#stop(block, error);
    }
    // In the step in which the sink moved: nobody sees the one without the other. [EXEC-23]
    const result = { hash: block.hash, removed, added, events };
    this.#announce(result);
    return result;
  }

  /** What is final when this is the sink. */
  #finalOn(sink: Hash): Hash {
    const { chainDag, states } = this.#stages;
    return newerFinalPoint(states.baseHash, chainDag.finalPoint(sink), (ancestor, block) =>
      chainDag.dag.isChainAncestor(ancestor, block),
    );
  }

  #finalized(hash: Hash): ChainEvent {
    return { kind: "finalized", hash, number: this.#stages.blocks.storedHeader(hash).number };
  }

  #writesOf(block: Block, { sink, removed, added }: SinkMove, final: Hash): WriteOperation[] {
    const { blocks, chainDag, tables } = this.#stages;
    return [
      ...blocks.writes(removed, added),
      writeOfPlace(tables, chainDag, block.hash),
      tables.meta.put("sink", hexToBytes(sink)),
      tables.meta.put("base", hexToBytes(final)),
    ];
  }

  /** For an error of this node's, which says nothing about the block. */
  #refuse(block: Block, cause: unknown) {
    if (isTrellisError(cause) && cause.consequence === "fatal") return this.#stop(block, cause);
    this.#stages.ports.log.error("a block could not be taken", { block: block.hash, error: cause as Error });
    return pipelineErrors.BLOCK_NOT_TAKEN({ block: block.hash }, cause);
  }

  #stop(block: Block, cause: unknown) {
    this.#failure = cause as Error;
    this.#stages.ports.log.error("the chain stops", { block: block.hash, error: this.#failure });
    return pipelineErrors.CHAIN_STOPPED({ block: block.hash }, cause);
  }
}

function eventsOf(
  block: Block,
  { removed, added }: SinkMove,
  finalized: ChainEvent | undefined,
): ChainEvent[] {
  return [
    { kind: "block", hash: block.hash, header: block.header },
    ...removed.map((chainBlock): ChainEvent => ({ kind: "removed", block: chainBlock })),
    ...added.map((chainBlock): ChainEvent => ({ kind: "added", block: chainBlock })),
    ...(finalized === undefined ? [] : [finalized]),
  ];
}
