import { hexToBytes, isTrellisError, type Pace, runPaced, type TrellisError } from "@trellis/base";
import type {
  Block,
  BlockOutcome,
  Certificate,
  ChainBlock,
  ChainEvent,
  Hash,
  Header,
} from "@trellis/protocol";
import type { KeyValueStore, WriteOperation } from "@trellis/storage";
import { type HeaderContext, writeOfDagRecord } from "../consensus/ChainDag.ts";
import { Outcomes } from "../consensus/Outcomes.ts";
import { verifyBodyInIsolation } from "../consensus/rules/bodyInIsolation.ts";
import { ruleErrors } from "../consensus/rules/errors.ts";
import {
  HeaderCheck,
  type HeaderCheckOptions,
  type HeaderCheckPorts,
} from "../consensus/rules/HeaderCheck.ts";
import { verifyInContext } from "../consensus/rules/verifyInContext.ts";
import type { SetChanges } from "../finality/validatorSets/SetChanges.ts";
import { writesOfHistoryStart } from "../state/keptHistory.ts";
import { ChainBatch } from "../store/ChainBatch.ts";
import type { ChainTables } from "../store/tables.ts";
import { chainErrors } from "./errors.ts";
import { moveBetween } from "./findSink.ts";
import { eventsOf, type ImportResult } from "./ImportResult.ts";
import type { Pruner } from "./Pruner.ts";
import { type FinalGoal, Run, type RunPorts } from "./Run.ts";
import { splitIntoRuns } from "./splitIntoRuns.ts";

/** A miner of this node has hashed what it sealed; the seal of a block from elsewhere is checked. */
export type BlockOrigin = "received" | "sealedHere";

/** A block that stands by itself, or why it does not. */
interface Checked {
  readonly block: Block;
  readonly refusal: TrellisError | undefined;
}

interface RunResult {
  /** By block, why it was not taken. */
  readonly refusals: readonly (TrellisError | undefined)[];
  /** Undefined if no block was taken. */
  readonly result: ImportResult | undefined;
}

export interface ImporterOptions extends HeaderCheckOptions {
  /** Keeps every block and the state after each. */
  readonly isArchive: boolean;
}

export interface ImporterPorts extends RunPorts, HeaderCheckPorts {
  readonly tables: ChainTables;
  readonly setChanges: SetChanges;
  readonly pruner: Pruner;
  readonly store: KeyValueStore;
  readonly pace?: Pace;
  /** Why nothing should be stored now; undefined while there is room. */
  readonly storageShortage?: () => string | undefined;
}

/**
 * Takes blocks in, one after another, and stores a run of them together: a block is either stored with all that
 * follows from it, or leaves no trace.
 */
export class Importer {
  readonly #options: ImporterOptions;
  readonly #ports: ImporterPorts;
  readonly #announce: (result: ImportResult) => void;
  readonly #headerCheck: HeaderCheck;
  #sink: Hash;
  /** Undefined where the base has reached what is final. */
  #goal: FinalGoal | undefined;
  #isApproaching = false;
  #awaitsState: boolean;
  #line: Promise<unknown> = Promise.resolve();
  #failure: Error | undefined;
  #isShort = false;

  /** @param announce told of each run in the moment in which the sink moves */
  constructor(
    options: ImporterOptions,
    ports: ImporterPorts,
    sink: Hash,
    announce: (result: ImportResult) => void,
  ) {
    this.#options = options;
    this.#ports = ports;
    this.#headerCheck = new HeaderCheck(options, ports);
    this.#sink = sink;
    this.#awaitsState = ports.tables.meta.has("headersOnly");
    this.#announce = announce;
  }

  get sink(): Hash {
    return this.#sink;
  }

  /** Headers have come without bodies, and no state has been taken over yet: no block is executed. [SYNC-STATE-1] */
  get awaitsState(): boolean {
    return this.#awaitsState;
  }

  awaitState(): void {
    this.#awaitsState = true;
  }

  /** Why the chain takes no more blocks. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /**
   * Refuses before anything is executed or pooled that could not be stored. A write that fails leaves the chain stopped
   * until a restart; a shortage that is seen before passes by itself. [EXEC-31]
   * @throws CHAIN_UNAVAILABLE
   */
  requireAvailable(): void {
    const reason = this.#failure === undefined ? this.#shortage() : stoppedBy(this.#failure);
    if (reason !== undefined) throw chainErrors.CHAIN_UNAVAILABLE({ reason });
  }

  /** @throws CHAIN_STOPPED */
  requireRunning(): void {
    if (this.#failure !== undefined) throw chainErrors.CHAIN_STOPPED({}, this.#failure);
  }

  /** Logs the beginning and the end of a shortage, and nothing between them. */
  #shortage(): string | undefined {
    const { log, storageShortage } = this.#ports;
    const reason = storageShortage?.();
    if (reason !== undefined && !this.#isShort) log.error("the chain waits for room on the disk", { reason });
    if (reason === undefined && this.#isShort) log.info("the chain resumes: the disk has room again");
    this.#isShort = reason !== undefined;
    return reason;
  }

  /** @throws the rule that the header breaks; BLOCK_NOT_TAKEN if this node could not tell */
  async checkHeader(hash: Hash, header: Header): Promise<void> {
    try {
      await this.#headerCheck.verify(hash, header, false);
    } catch (error) {
      throw this.#refusal(hash, error);
    }
  }

  /**
   * @throws the first rule that the block breaks; BLOCK_NOT_TAKEN if this node could not tell, and CHAIN_STOPPED if
   * it cannot go on. Whichever it is, the block is not here.
   */
  importBlock(block: Block, origin: BlockOrigin): Promise<ImportResult> {
    return this.#inLine(async () => {
      const { refusals, result } = await this.#importRun([block], origin, new Outcomes());
      if (refusals[0] !== undefined) throw refusals[0];
      return result!;
    });
  }

  /**
   * In runs, between which others take their turn. What is wrong with one block does not keep the others out. [EXEC-6]
   * @throws CHAIN_STOPPED
   */
  async importBlocks(blocks: readonly Block[]): Promise<readonly BlockOutcome[]> {
    const outcomes = new Outcomes();
    for (const run of splitIntoRuns(blocks)) {
      await this.#inLine(() => this.#importRun(run, "received", outcomes));
    }
    return outcomes.inOrder;
  }

  /**
   * Something else that changes the chain, between two runs. An error that is fatal, or that `action` throws after it
   * began to store, stops the chain.
   * @throws CHAIN_STOPPED
   */
  exclusively<T>(action: () => Promise<T>): Promise<T> {
    return this.#inLine(async () => {
      this.requireRunning();
      return action();
    });
  }

  /** Stores what cannot be taken back. @throws CHAIN_STOPPED */
  async commit(batch: ChainBatch): Promise<void> {
    try {
      await batch.commit(this.#ports.store);
    } catch (error) {
      throw this.#stop(this.#sink, error);
    }
  }

  /**
   * Makes final what a certificate says, now or when its block comes; `announce` is told. Fork choice never leaves the
   * block: the selected chain goes over to it. [FINAL-15]
   * @param certificate of precommits, verified
   * @throws CHAIN_STOPPED, CHAIN_UNAVAILABLE; BLOCK_NOT_TAKEN if this node failed to execute the block: it is tried again
   * when the chain moves
   */
  finalize(certificate: Certificate): Promise<void> {
    return this.exclusively(async () => {
      this.requireAvailable();
      const { chainDag, certificates, finalLimit } = this.#ports;
      const run = this.#newRun();
      try {
        // Without a state nothing can be executed, and a limit may move: it waits.
        const { value } = certificate;
        const isItsTurn = !this.#awaitsState && chainDag.dag.has(value) && finalLimit.allows(value);
        if (isItsTurn && !(await run.finalize(certificate))) {
          certificates.giveUp(certificate);
          return;
        }
      } catch (error) {
        run.batch.rollback();
        const fault = this.#ownFault(certificate.value, error);
        if (this.#failure === undefined) await this.#keep(certificate);
        throw fault;
      }
      await this.#commit(run, [certificate]);
    });
  }

  /** Keeps a certificate that more have signed. @throws CHAIN_STOPPED */
  keepCertificate(certificate: Certificate): Promise<void> {
    return this.exclusively(() => this.#keep(certificate));
  }

  /** What the limit held is final when it has moved; certificates that waited are looked at again. [SYNC-29] */
  async limitMoved(): Promise<void> {
    await this.exclusively(async () => {
      if (this.#awaitsState) return;
      const run = this.#newRun();
      run.followSink();
      await this.#commit(run);
    });
  }

  /** The chain goes on from another block: the pool and all who listen are told. */
  moveTo(block: ChainBlock): void {
    this.#sink = block.hash;
    this.#goal = undefined;
    this.#awaitsState = false;
    const { hash, header } = block;
    this.#announce({
      imported: [],
      removed: [],
      added: [block],
      events: [
        { kind: "added", block },
        { kind: "finalized", hash, number: header.number },
      ],
    });
  }

  /** A rule that a header breaks, or an error of this node's. */
  refusalOf(block: Hash, error: unknown): TrellisError {
    return this.#refusal(block, error);
  }

  /** Resolves when no import is under way any more: of many blocks, the last run too. */
  async idle(): Promise<void> {
    for (let seen: Promise<unknown> | undefined; seen !== this.#line; ) {
      seen = this.#line;
      await seen;
    }
  }

  async #keep(certificate: Certificate): Promise<void> {
    const { certificates } = this.#ports;
    const { finalHeight } = certificates;
    const batch = new ChainBatch();
    batch.add(certificates.changes([certificate], finalHeight));
    await this.commit(batch);
  }

  #inLine<T>(action: () => Promise<T>): Promise<T> {
    const done = this.#line.then(action);
    this.#line = done.catch(() => {});
    return done;
  }

  async #importRun(blocks: readonly Block[], origin: BlockOrigin, outcomes: Outcomes): Promise<RunResult> {
    this.requireRunning();
    const run = this.#newRun();
    const refusals = await this.#executeRun(run, blocks, origin, outcomes);
    return { refusals, result: run.blocks.length === 0 ? undefined : await this.#commit(run) };
  }

  /** @throws CHAIN_STOPPED; nothing of the run is left then */
  async #executeRun(
    run: Run,
    blocks: readonly Block[],
    origin: BlockOrigin,
    outcomes: Outcomes,
  ): Promise<(TrellisError | undefined)[]> {
    try {
      const checked = await Promise.all(blocks.map((block) => this.#checkInIsolation(block, origin)));
      this.requireRunning();
      if (blocks.length > 1) await this.#recoverAhead(checked);
      const refusals: (TrellisError | undefined)[] = [];
      for (const { block, refusal = await this.#take(run, block) } of checked) {
        refusals.push(refusal);
        outcomes.add(block, refusal, this.#ports.chainDag.dag);
      }
      return refusals;
    } catch (error) {
      run.batch.rollback();
      throw error;
    }
  }

  /** What the block and the clock can tell. [EXEC-1] [EXEC-2] */
  async #checkInIsolation(block: Block, origin: BlockOrigin): Promise<Checked> {
    const { chainDag } = this.#ports;
    try {
      if (chainDag.dag.has(block.hash)) throw ruleErrors.BLOCK_KNOWN({ block: block.hash });
      if (this.#awaitsState) throw chainErrors.STATE_AWAITED({ block: block.hash });
      this.requireAvailable();
      await this.#headerCheck.verify(block.hash, block.header, origin === "sealedHere");
      verifyBodyInIsolation(block, this.#options.parameters);
      return { block, refusal: undefined };
    } catch (error) {
      return { block, refusal: this.#refusal(block.hash, error) };
    }
  }

  /** Signatures of the blocks that hang together with the DAG: the workers get them all at once. */
  async #recoverAhead(checked: readonly Checked[]): Promise<void> {
    const { chainDag, executor } = this.#ports;
    const attached = new Map<Hash, Block>();
    for (const { block, refusal } of checked) {
      const isAttached = block.header.parents.every(
        (parent) => attached.has(parent) || chainDag.dag.has(parent),
      );
      if (refusal === undefined && isAttached) attached.set(block.hash, block);
    }
    await executor.recoverAhead([...attached.values()]);
  }

  /**
   * In context, then the signatures, which are dearest, and then what follows from the block. [EXEC-6]
   * @returns why the block is not taken
   * @throws CHAIN_STOPPED
   */
  async #take(run: Run, block: Block): Promise<TrellisError | undefined> {
    const refusal = await this.#execute(run, block);
    if (this.#failure !== undefined) throw refusal;
    return refusal;
  }

  async #execute(run: Run, block: Block): Promise<TrellisError | undefined> {
    const { chainDag, states, executor } = this.#ports;
    let context: HeaderContext;
    try {
      if (chainDag.dag.has(block.hash)) throw ruleErrors.BLOCK_KNOWN({ block: block.hash });
      context = verifyInContext(this.#ports, this.#options.parameters, states.baseHash, block.header);
      await executor.sendersOf(block);
    } catch (error) {
      return this.#refusal(block.hash, error);
    }
    try {
      await run.add(block, context);
      return undefined;
    } catch (error) {
      // Whatever rule it is: what is executed is this node's affair. [EXEC-22]
      return this.#ownFault(block.hash, error);
    }
  }

  #newRun(): Run {
    return new Run(this.#ports, this.#sink, this.#goal);
  }

  /**
   * Makes final, stores and announces. From here on there is no way back: when a batch fails, nobody knows what is
   * stored. The base moves up in parts, one with each commit. [EXEC-16] [EXEC-21] [EXEC-22]
   */
  async #commit(run: Run, told: readonly Certificate[] = []): Promise<ImportResult> {
    const {
      store,
      clock,
      pace,
      tables,
      blocks,
      chainDag,
      states,
      certificates,
      setChanges,
      pruner,
      executor,
    } = this.#ports;
    let result: ImportResult;
    try {
      const { sink, goal } = run;
      const final = states.movesTo(goal.block)[0] ?? goal.block;
      const isReached = final === goal.block;
      const finalHeight = isReached ? goal.height : certificates.finalHeight;
      const move = moveBetween(this.#ports, this.#sink, sink);
      const events = eventsOf(
        run.blocks,
        move,
        final === states.baseHash ? undefined : this.#finalized(final),
      );
      result = { imported: run.blocks.map(({ hash }) => hash), ...move, events };
      const startedMs = clock.nowMs();
      await runPaced(blocks.encodeExecutions(), pace);
      const certified = [...told, ...certificates.recordedBy(move.added)];
      const baseMove = await runPaced(states.flattenInSteps(final), pace);
      const gas = this.#gasBetween(states.baseHash, final);
      const pruning = pruner.step(final, sink, run.blocks.length);
      const { batch } = run;
      // What is deleted comes before what is put in its place; what is pruned is hidden last.
      batch.add({ writes: pruning.writes });
      batch.add(blocks.changes(move.removed, move.added));
      batch.add({ writes: this.#writesOf(run, final) });
      batch.add(baseMove);
      batch.add(certificates.changes(certified, finalHeight));
      batch.add({ writes: setChanges.writes(certified) });
      if (!this.#options.isArchive)
        batch.add({ writes: certificates.deletes((block) => !chainDag.dag.has(block)) });
      batch.add({ writes: writesOfHistoryStart(tables, states.historyStart), apply: pruning.apply });
      batch.onCommit(() => {
        this.#sink = sink;
        this.#goal = isReached ? undefined : goal;
      });
      await batch.commit(store);
      executor.slowGas.took(gas, clock.nowMs() - startedMs);
    } catch (error) {
      throw this.#stop(run.blocks.at(-1)?.hash ?? run.goal.block, error);
    }
    this.#logImport(result);
    // In the step in which the sink moved: nobody sees the one without the other. [EXEC-23]
    this.#announce(result);
    this.#approach();
    return result;
  }

  /** Of the blocks by which the base moves. */
  #gasBetween(base: Hash, final: Hash): number {
    const { blocks, chainDag } = this.#ports;
    const { added } = chainDag.dag.chainPath(base, final);
    return added.reduce((sum, hash) => sum + Number(blocks.storedHeader(hash).gasUsed), 0);
  }

  /** Takes the next turn in line: imports come in between two parts of a move. */
  #approach(): void {
    if (this.#goal === undefined || this.#isApproaching) return;
    this.#isApproaching = true;
    this.#inLine(async () => {
      this.#isApproaching = false;
      if (this.#goal !== undefined && this.#failure === undefined) await this.#commit(this.#newRun());
    }).catch(() => {
      // The commit has stopped the chain.
    });
  }

  #logImport({ imported, removed, added }: ImportResult): void {
    this.#ports.log.debug("blocks imported", {
      ...{ blocks: imported.length, removed: removed.length, added: added.length },
      ...{ head: added.at(-1)?.header.number, sink: this.#sink },
    });
  }

  #finalized(hash: Hash): ChainEvent {
    return { kind: "finalized", hash, number: this.#ports.blocks.storedHeader(hash).number };
  }

  #writesOf(run: Run, final: Hash): WriteOperation[] {
    const { chainDag, tables } = this.#ports;
    return [
      ...run.blocks.map(({ hash }) => writeOfDagRecord(tables, chainDag, hash)),
      tables.meta.put("sink", hexToBytes(run.sink)),
      tables.meta.put("base", hexToBytes(final)),
    ];
  }

  /** A rule that the block breaks, or an error of this node's. */
  #refusal(block: Hash, error: unknown): TrellisError {
    return isTrellisError(error) && error.consequence !== "fatal" ? error : this.#ownFault(block, error);
  }

  /** For an error of this node's, which says nothing about the block. */
  #ownFault(block: Hash, cause: unknown): TrellisError {
    if (isTrellisError(cause) && cause.consequence === "fatal") return this.#stop(block, cause);
    this.#ports.log.error("a block could not be taken", { block, error: cause as Error });
    return chainErrors.BLOCK_NOT_TAKEN({ block }, cause);
  }

  #stop(block: Hash, cause: unknown): TrellisError {
    if (isTrellisError(cause, "CHAIN_STOPPED")) return cause;
    this.#failure = cause as Error;
    this.#ports.log.error("the chain stops", { block, error: this.#failure });
    return chainErrors.CHAIN_STOPPED({ block }, cause);
  }
}

/** For clients, who need no path of this machine. */
function stoppedBy(failure: Error): string {
  return `the chain has stopped: ${isTrellisError(failure) ? failure.code : failure.name}`;
}
