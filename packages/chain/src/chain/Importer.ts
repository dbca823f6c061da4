import { isTrellisError, SerialQueue, type TrellisError } from "@trellis/base";
import type { Block, BlockOutcome, Certificate, ChainBlock, Hash, Header } from "@trellis/protocol";
import { Outcomes } from "../consensus/Outcomes.ts";
import {
  HeaderCheck,
  type HeaderCheckOptions,
  type HeaderCheckPorts,
} from "../consensus/rules/HeaderCheck.ts";
import { ChainBatch } from "../store/ChainBatch.ts";
import { type CommitPorts, type Committed, commitImports } from "./commitImports.ts";
import { chainErrors } from "./errors.ts";
import { type FinalGoal, ImportBatch } from "./ImportBatch.ts";
import type { ImportResult } from "./ImportResult.ts";
import {
  type BlockOrigin,
  type ImportBlockPorts,
  importBlock,
  recoverAhead,
  requireNew,
  verifyInIsolation,
} from "./importBlock.ts";
import { splitIntoBatches } from "./splitIntoBatches.ts";

interface ImportedTogether {
  /** By block, why it was not taken. */
  readonly refusals: readonly (TrellisError | undefined)[];
  /** Undefined if no block was taken. */
  readonly result: ImportResult | undefined;
}

interface ImporterOptions extends HeaderCheckOptions {
  /** Keeps every block and the state after each. */
  readonly isArchive: boolean;
}

interface ImporterPorts extends CommitPorts, HeaderCheckPorts {
  /** Why nothing should be stored now; undefined while there is room. */
  readonly storageShortage?: () => string | undefined;
}

/**
 * Takes blocks in, one after another, and stores several together: a block is either stored with all that
 * follows from it, or leaves no trace.
 */
export class Importer {
  readonly #options: ImporterOptions;
  readonly #ports: ImporterPorts & ImportBlockPorts;
  readonly #announce: (result: ImportResult) => void;
  #sink: Hash;
  /** Undefined where the base has reached what is final. */
  #goal: FinalGoal | undefined;
  #isApproaching = false;
  #awaitsState: boolean;
  readonly #queue = new SerialQueue();
  #failure: Error | undefined;
  #isShort = false;

  /** @param announce told of each batch in the moment in which the sink moves */
  constructor(
    options: ImporterOptions,
    ports: ImporterPorts,
    sink: Hash,
    announce: (result: ImportResult) => void,
  ) {
    this.#options = options;
    this.#ports = { ...ports, parameters: options.parameters, headerCheck: new HeaderCheck(options, ports) };
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
      await this.#ports.headerCheck.verify(hash, header, false);
    } catch (error) {
      throw this.refusalOf(hash, error);
    }
  }

  /**
   * @throws the first rule that the block breaks; BLOCK_NOT_TAKEN if this node could not tell, and CHAIN_STOPPED if
   * it cannot go on. Whichever it is, the block is not here.
   */
  importBlock(block: Block, origin: BlockOrigin): Promise<ImportResult> {
    return this.#queue.run(async () => {
      const { refusals, result } = await this.#importTogether([block], origin, new Outcomes());
      if (refusals[0] !== undefined) throw refusals[0];
      return result!;
    });
  }

  /**
   * In batches, between which others take their turn. What is wrong with one block does not keep the others out. [EXEC-6]
   * @throws CHAIN_STOPPED
   */
  async importBlocks(blocks: readonly Block[]): Promise<readonly BlockOutcome[]> {
    const outcomes = new Outcomes();
    for (const together of splitIntoBatches(blocks)) {
      await this.#queue.run(() => this.#importTogether(together, "received", outcomes));
    }
    return outcomes.inOrder;
  }

  /**
   * Something else that changes the chain, between two batches. An error that is fatal, or that `action` throws after it
   * began to store, stops the chain.
   * @throws CHAIN_STOPPED
   */
  exclusively<T>(action: () => Promise<T>): Promise<T> {
    return this.#queue.run(async () => {
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
      const imports = this.#newBatch();
      try {
        // Without a state nothing can be executed, and a limit may move: it waits.
        const { value } = certificate;
        const isItsTurn = !this.#awaitsState && chainDag.dag.has(value) && finalLimit.allows(value);
        if (isItsTurn && !(await imports.finalize(certificate))) {
          certificates.giveUp(certificate);
          return;
        }
      } catch (error) {
        imports.batch.rollback();
        const fault = this.#ownFault(certificate.value, error);
        if (this.#failure === undefined) await this.#keep(certificate);
        throw fault;
      }
      await this.#commit(imports, [certificate]);
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
      const imports = this.#newBatch();
      imports.followSink();
      await this.#commit(imports);
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

  /** A rule that a block or its header breaks, or an error of this node's. */
  refusalOf(block: Hash, error: unknown): TrellisError {
    if (isTrellisError(error, "BLOCK_NOT_TAKEN")) return this.#ownFault(block, error.cause);
    return isTrellisError(error) && error.consequence !== "fatal" ? error : this.#ownFault(block, error);
  }

  /** Resolves when no import is under way any more: of many blocks, the last batch too. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  async #keep(certificate: Certificate): Promise<void> {
    const { certificates } = this.#ports;
    const { finalHeight } = certificates;
    const batch = new ChainBatch();
    batch.add(certificates.changes([certificate], finalHeight));
    await this.commit(batch);
  }

  async #importTogether(
    blocks: readonly Block[],
    origin: BlockOrigin,
    outcomes: Outcomes,
  ): Promise<ImportedTogether> {
    this.requireRunning();
    const imports = this.#newBatch();
    const refusals = await this.#executeTogether(imports, blocks, origin, outcomes);
    return { refusals, result: imports.blocks.length === 0 ? undefined : await this.#commit(imports) };
  }

  /** @throws CHAIN_STOPPED; nothing of the blocks is left then */
  async #executeTogether(
    imports: ImportBatch,
    blocks: readonly Block[],
    origin: BlockOrigin,
    outcomes: Outcomes,
  ): Promise<(TrellisError | undefined)[]> {
    try {
      const refusals = await Promise.all(blocks.map((block) => this.#verifyInIsolation(block, origin)));
      this.requireRunning();
      if (blocks.length > 1) {
        await recoverAhead(
          this.#ports,
          blocks.filter((_, index) => refusals[index] === undefined),
        );
      }
      for (const [index, block] of blocks.entries()) {
        refusals[index] ??= await this.#refusalFrom(block, () => importBlock(this.#ports, imports, block));
        this.requireRunning();
        outcomes.add(block, refusals[index], this.#ports.chainDag.dag);
      }
      return refusals;
    } catch (error) {
      imports.batch.rollback();
      throw error;
    }
  }

  #verifyInIsolation(block: Block, origin: BlockOrigin): Promise<TrellisError | undefined> {
    return this.#refusalFrom(block, async () => {
      requireNew(this.#ports, block);
      if (this.#awaitsState) throw chainErrors.CHAIN_UNAVAILABLE({ reason: "a state is being taken over" });
      this.requireAvailable();
      await verifyInIsolation(this.#ports, block, origin);
    });
  }

  /** Why the block is not taken; undefined if nothing speaks against it. */
  async #refusalFrom({ hash }: Block, step: () => Promise<void>): Promise<TrellisError | undefined> {
    try {
      await step();
      return undefined;
    } catch (error) {
      return this.refusalOf(hash, error);
    }
  }

  #newBatch(): ImportBatch {
    return new ImportBatch(this.#ports, this.#sink, this.#goal);
  }

  /** Stores and announces. @throws CHAIN_STOPPED */
  async #commit(imports: ImportBatch, certificates: readonly Certificate[] = []): Promise<ImportResult> {
    let stored: ImportResult | undefined;
    const follow = ({ sink, goal, result }: Committed): void => {
      this.#sink = sink;
      this.#goal = goal;
      stored = result;
      this.#logImport(result);
      this.#announce(result);
    };
    const { isArchive } = this.#options;
    try {
      await commitImports(this.#ports, imports, { sink: this.#sink, certificates, isArchive, follow });
    } catch (error) {
      throw this.#stop(imports.blocks.at(-1)?.hash ?? imports.goal.block, error);
    }
    this.#approach();
    return stored!;
  }

  /** Takes the next turn in line: imports come in between two parts of a move. */
  #approach(): void {
    if (this.#goal === undefined || this.#isApproaching) return;
    this.#isApproaching = true;
    this.#queue
      .run(async () => {
        this.#isApproaching = false;
        if (this.#goal !== undefined && this.#failure === undefined) await this.#commit(this.#newBatch());
      })
      .catch(() => {
        // The commit has stopped the chain.
      });
  }

  #logImport({ imported, removed, added }: ImportResult): void {
    this.#ports.log.debug("blocks imported", {
      ...{ blocks: imported.length, removed: removed.length, added: added.length },
      ...{ head: added.at(-1)?.header.number, sink: this.#sink },
    });
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
