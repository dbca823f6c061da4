import { bytesToHex, hexToBytes } from "@trellis/base";
import {
  type Block,
  type ChainBlock,
  type ChainEvent,
  type Hash,
  type Header,
  nextBaseFee,
} from "@trellis/protocol";
import type { WriteOperation } from "@trellis/storage";
import { difficultyErrors } from "../difficulty/errors.ts";
import type { ExecutionResult } from "../execution/executeBlock.ts";
import { finalPointOf } from "../finality/finalPoint.ts";
import { verifyBodyInIsolation } from "../intake/bodyInIsolation.ts";
import { intakeErrors } from "../intake/errors.ts";
import { verifyHeaderInContext } from "../intake/headerInContext.ts";
import { verifyHeaderInIsolation } from "../intake/headerInIsolation.ts";
import { selectSink } from "../ordering/selectSink.ts";
import type { StateStore } from "../state/StateStore.ts";
import type { BlockStore } from "./BlockStore.ts";
import type { ChainDag, DagPlace } from "./ChainDag.ts";
import type { Executor } from "./Executor.ts";
import { pipelineErrors } from "./errors.ts";
import type { ChainOptions, ChainPorts } from "./Stages.ts";
import type { ChainTables } from "./tables.ts";

export interface ImportResult {
  readonly hash: Hash;
  readonly removed: readonly ChainBlock[];
  readonly added: readonly ChainBlock[];
  readonly events: readonly ChainEvent[];
}

export interface Stages {
  readonly options: ChainOptions;
  readonly ports: ChainPorts;
  readonly tables: ChainTables;
  readonly blocks: BlockStore;
  readonly chainDag: ChainDag;
  readonly states: StateStore;
  readonly executor: Executor;
}

/** How the selected chain moves, and the blocks that were executed on the way. */
interface SinkMove {
  readonly sink: Hash;
  readonly removed: readonly ChainBlock[];
  readonly added: readonly ChainBlock[];
  readonly executed: readonly ChainBlock[];
  readonly disqualified: readonly Hash[];
}

/** Takes blocks in, one after another: a block is either stored with all that follows from it, or leaves no trace. */
export class Importer {
  readonly #stages: Stages;
  #sink: Hash;
  #line: Promise<unknown> = Promise.resolve();
  #failure: Error | undefined;

  constructor(stages: Stages, sink: Hash) {
    this.#stages = stages;
    this.#sink = sink;
  }

  get sink(): Hash {
    return this.#sink;
  }

  /** Why the chain takes no more blocks. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** @throws the first rule that the block breaks; CHAIN_STOPPED after an error that is not the block's */
  importBlock(block: Block): Promise<ImportResult> {
    const imported = this.#line.then(() => this.#import(block));
    this.#line = imported.catch(() => {});
    return imported;
  }

  /** Resolves when every import that was asked for has ended. */
  async idle(): Promise<void> {
    await this.#line;
  }

  async #import(block: Block): Promise<ImportResult> {
    if (this.#failure !== undefined) throw pipelineErrors.CHAIN_STOPPED({}, this.#failure);
    await this.#checkInIsolation(block);
    const place = this.#checkInContext(block);
    try {
      return await this.#accept(block, place);
    } catch (error) {
      this.#failure = error as Error;
      this.#stages.ports.log.error("the chain stops", { block: block.hash, error: this.#failure });
      throw pipelineErrors.CHAIN_STOPPED({ block: block.hash }, error);
    }
  }

  /** What the block and the clock can tell. */
  async #checkInIsolation(block: Block): Promise<void> {
    const { options, ports, chainDag, executor } = this.#stages;
    if (chainDag.dag.has(block.hash)) throw intakeErrors.BLOCK_KNOWN({ block: block.hash });
    verifyHeaderInIsolation(block.header, options.parameters, options.shard, ports.clock.nowMs());
    if (!(await ports.verifySeal(block.header))) throw intakeErrors.SEAL_INVALID({ block: block.hash });
    verifyBodyInIsolation(block, options.parameters);
    await executor.sendersOf(block);
  }

  /** What the block's past can tell. */
  #checkInContext({ header }: Block): DagPlace {
    const { chainDag, blocks } = this.#stages;
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
    if (header.timestampMs <= place.medianTimeMs) {
      throw difficultyErrors.TIMESTAMP_TOO_OLD({ got: header.timestampMs, laterThan: place.medianTimeMs });
    }
    verifyHeaderInContext(header, {
      number: blocks.header(place.selectedParent)!.number + 1,
      bits: place.bits,
      daaScore: place.daaScore,
      blueScore: place.blueScore,
      blueWork: place.blueWork,
      baseFee: baseFeeAfter(this.#stages, place.selectedParent),
    });
    this.#checkFinalized(header.finalized, place.selectedParent);
    return place;
  }

  #checkFinalized(finalized: Hash, selectedParent: Hash): void {
    const { blocks } = this.#stages;
    const { dag } = this.#stages.chainDag;
    const known = blocks.header(selectedParent)!.finalized;
    const isNewer = blocks.header(selectedParent)!.number === 0 || dag.isChainAncestor(known, finalized);
    if (!dag.has(finalized) || !dag.isChainAncestor(finalized, selectedParent) || !isNewer) {
      throw intakeErrors.FINALIZED_NOT_ON_CHAIN({ finalized, selectedParent });
    }
  }

  /** Colour, order, execute, make final, store, announce. */
  async #accept(block: Block, place: DagPlace): Promise<ImportResult> {
    const { chainDag, ports } = this.#stages;
    chainDag.insert(block.hash, block.header, place);
    const move = await this.#moveSink(block);
    const finality = this.#advanceFinality(move.sink);
    await ports.store.write([...this.#writesOf(block, move), ...finality.writes]);
    this.#sink = move.sink;
    finality.apply();
    const { removed, added } = move;
    return { hash: block.hash, removed, added, events: eventsOf(block, move, finality.event) };
  }

  /** Finds the sink anew, executing what was not executed yet. */
  async #moveSink(block: Block): Promise<SinkMove> {
    const { states } = this.#stages;
    const { dag } = this.#stages.chainDag;
    const executed: ChainBlock[] = [];
    const disqualified: Hash[] = [];
    const sink = await selectSink(dag.sinkCandidates(states.baseHash), {
      isOnFinalChain: (candidate) => dag.isChainAncestor(states.baseHash, candidate),
      isStateValid: (candidate) => this.#executeChain(candidate, block, executed, disqualified),
    });
    if (sink === undefined) throw pipelineErrors.SINK_MISSING({ final: states.baseHash });
    const { removed, added } = dag.chainPath(this.#sink, sink);
    return {
      sink,
      executed,
      disqualified,
      removed: removed.map((hash) => this.#stages.blocks.chainBlock(hash)!),
      added: added.map((hash) => this.#stages.blocks.chainBlock(hash)!),
    };
  }

  /** Executes the chain up to `tip` where that is not done; false if a root on it is wrong. */
  async #executeChain(
    tip: Hash,
    fresh: Block,
    executed: ChainBlock[],
    disqualified: Hash[],
  ): Promise<boolean> {
    const { chainDag, states, blocks } = this.#stages;
    const path: Hash[] = [];
    for (let hash = tip; !states.has(hash); hash = chainDag.dag.standingOf(hash)!.selectedParent) {
      if (blocks.isDisqualified(hash)) return false;
      path.unshift(hash);
    }
    for (const hash of path) {
      const block = hash === fresh.hash ? fresh : blocks.block(hash)!;
      const chainBlock = await this.#execute(block);
      if (chainBlock === undefined) {
        blocks.disqualify(hash);
        disqualified.push(hash);
        return false;
      }
      executed.push(chainBlock);
    }
    return true;
  }

  /** undefined if the block's roots are not those that executing it gives. */
  async #execute(block: Block): Promise<ChainBlock | undefined> {
    const { chainDag, states, blocks, executor, ports } = this.#stages;
    const standing = chainDag.dag.standingOf(block.hash)!;
    const { result, layer } = await executor.runBlock(block, standing);
    const difference = findRootDifference(block.header, result, layer.root);
    if (difference !== undefined) {
      ports.log.warn("a block is disqualified", { block: block.hash, ...difference });
      return undefined;
    }
    states.attach(block.hash, layer);
    const carriers = [...standing.merged.map(({ hash }) => hash), block.hash];
    return blocks.remember(block, carriers, result);
  }

  /** Moves the state's base up to the block that the sink has made final. */
  #advanceFinality(sink: Hash) {
    const { chainDag, states, options, blocks } = this.#stages;
    const final = finalPointOf(sink, states.baseHash, options.parameters.finalityDepth, {
      blueScoreOf: (hash) => chainDag.dag.blueScore(hash),
      parentOf: (hash) => chainDag.dag.standingOf(hash)!.selectedParent,
    });
    if (final === states.baseHash) return { writes: [], apply: () => {}, event: undefined };
    const { writes, apply } = states.flatten(final);
    const event: ChainEvent = { kind: "finalized", hash: final, number: blocks.header(final)!.number };
    return { writes: [...writes, this.#stages.tables.meta.put("base", hexToBytes(final))], apply, event };
  }

  #writesOf(block: Block, { sink, removed, added, executed, disqualified }: SinkMove): WriteOperation[] {
    const { blocks, chainDag, tables } = this.#stages;
    return [
      ...blocks.writesOfBlock(block),
      tables.arrivals.put(chainDag.dag.size - 1, block.hash),
      ...executed.flatMap((chainBlock) => blocks.writesOfExecution(chainBlock)),
      ...disqualified.map((hash) => tables.disqualified.put(hash, new Uint8Array(0))),
      ...removed.flatMap((chainBlock) => blocks.writesOfRemoved(chainBlock)),
      ...added.flatMap((chainBlock) => blocks.writesOfAdded(chainBlock)),
      tables.meta.put("sink", hexToBytes(sink)),
    ];
  }
}

/** The base fee of a block on `parent`. wei per gas */
export function baseFeeAfter({ options, blocks, chainDag }: Stages, parent: Hash): bigint {
  const { baseFee, gasUsed } = blocks.header(parent)!;
  const carrierCount = (chainDag.dag.standingOf(parent)?.merged.length ?? 0) + 1;
  const gasLimit = options.parameters.gasLimit * BigInt(carrierCount);
  return nextBaseFee(options.parameters, { baseFee, gasUsed, gasLimit });
}

export function findRootDifference(header: Header, result: ExecutionResult, stateRoot: Hash) {
  const implied = {
    stateRoot,
    acceptedRoot: result.acceptedRoot,
    receiptsRoot: result.receiptsRoot,
    gasUsed: result.gasUsed,
    logsBloom: bytesToHex(result.logsBloom),
  };
  const named = { ...header, logsBloom: bytesToHex(header.logsBloom) };
  for (const field of Object.keys(implied) as (keyof typeof implied)[]) {
    if (named[field] !== implied[field]) return { field, got: named[field], expected: implied[field] };
  }
  return undefined;
}

function eventsOf(block: Block, move: SinkMove, finalized: ChainEvent | undefined): ChainEvent[] {
  return [
    { kind: "block", hash: block.hash, header: block.header },
    ...move.removed.map((chainBlock): ChainEvent => ({ kind: "removed", block: chainBlock })),
    ...move.added.map((chainBlock): ChainEvent => ({ kind: "added", block: chainBlock })),
    ...(finalized === undefined ? [] : [finalized]),
  ];
}
