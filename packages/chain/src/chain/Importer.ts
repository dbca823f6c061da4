import { type Clock, hexToBytes, SerialQueue, type Tracing, type TrellisError } from "@trellis/base";
import type { Block, BlockOutcome, Certificate, ChainBlock, Hash, Header } from "@trellis/protocol";
import { Outcomes } from "../consensus/Outcomes.ts";
import type { AnchoredBlocks } from "../consensus/rules/anchor.ts";
import {
  HeaderCheck,
  type HeaderCheckOptions,
  type HeaderCheckPorts,
} from "../consensus/rules/HeaderCheck.ts";
import { restoreGenesis } from "../state/restoreGenesis.ts";
import { ChainBatch } from "../store/ChainBatch.ts";
import { clearTables } from "../store/clearTables.ts";
import { CHAIN_TABLES } from "../store/tables.ts";
import { type CommitPorts, type Committed, commitImports } from "./commitImports.ts";
import { chainErrors } from "./errors.ts";
import { FailurePolicy, type FailurePolicyPorts } from "./FailurePolicy.ts";
import { moveBetween } from "./findSink.ts";
import { type FinalGoal, ImportBatch } from "./ImportBatch.ts";
import type { ImportMeter } from "./ImportMeter.ts";
import { eventsOf, type ImportResult } from "./ImportResult.ts";
import {
  type BlockOrigin,
  type ImportBlocksPorts,
  type ImportedBlocks,
  importBlocks,
} from "./importBlocks.ts";
import { splitIntoBatches } from "./splitIntoBatches.ts";

const { certificates, setChanges, evidence, overrides, anchors, sentMessages } = CHAIN_TABLES;
const RESTART_TABLES = [certificates, setChanges, evidence, overrides, anchors, sentMessages];

interface ImporterOptions extends HeaderCheckOptions {
  readonly isArchive: boolean;
}

interface ImporterPorts extends CommitPorts, AnchoredBlocks, HeaderCheckPorts, FailurePolicyPorts {
  readonly meter: ImportMeter;
  /** Time of blocks. */
  readonly blockClock: Clock;
  readonly tracing: Tracing;
}

export class Importer {
  readonly #options: ImporterOptions;
  readonly #ports: ImporterPorts & ImportBlocksPorts;
  readonly #listeners: ((result: ImportResult) => void)[] = [];
  #sink: Hash;
  #goal: FinalGoal | undefined;
  #isApproaching = false;
  #awaitsState: boolean;
  readonly #queue = new SerialQueue();
  readonly #failures: FailurePolicy;

  constructor(options: ImporterOptions, ports: ImporterPorts, sink: Hash) {
    this.#options = options;
    this.#failures = new FailurePolicy(ports);
    this.#ports = {
      ...ports,
      parameters: options.parameters,
      headerCheck: new HeaderCheck(options, { ...ports, clock: ports.blockClock }),
      failures: this.#failures,
    };
    this.#sink = sink;
    this.#awaitsState = ports.tables.meta.has("headersOnly");
  }

  /** Listeners must not throw. [EXEC-23] */
  subscribe(listener: (result: ImportResult) => void): void {
    this.#listeners.push(listener);
  }

  get sink(): Hash {
    return this.#sink;
  }

  get awaitsState(): boolean {
    return this.#awaitsState;
  }

  awaitState(): void {
    this.#awaitsState = true;
  }

  get failure(): Error | undefined {
    return this.#failures.failure;
  }

  requireAvailable(): void {
    this.#failures.requireAvailable();
  }

  requireRunning(): void {
    this.#failures.requireRunning();
  }

  refusalOf(block: Hash, error: unknown): TrellisError {
    return this.#failures.refusalOf(block, error);
  }

  async checkHeader(hash: Hash, header: Header): Promise<void> {
    try {
      await this.#ports.headerCheck.verify(hash, header, false);
    } catch (error) {
      throw this.refusalOf(hash, error);
    }
  }

  importBlock(block: Block, origin: BlockOrigin): Promise<ImportResult> {
    return this.#queue.run(async () => {
      const { refusals, result } = await this.#importTogether([block], origin, new Outcomes());
      if (refusals[0] !== undefined) throw refusals[0];
      if (origin === "sealedHere") this.#ports.meter.mined(block.header);
      return result!;
    });
  }

  async importBlocks(blocks: readonly Block[]): Promise<readonly BlockOutcome[]> {
    const outcomes = new Outcomes();
    for (const together of splitIntoBatches(blocks)) {
      await this.#queue.run(() => this.#importTogether(together, "received", outcomes));
    }
    return outcomes.inOrder;
  }

  exclusively<T>(action: () => Promise<T>): Promise<T> {
    return this.#queue.run(async () => {
      this.requireRunning();
      return action();
    });
  }

  async commit(batch: ChainBatch): Promise<void> {
    try {
      await batch.commit(this.#ports.store, this.#ports.pace);
    } catch (error) {
      throw this.#failures.stop(this.#sink, error);
    }
  }

  /** Finalizes the block now, or when it arrives. [FINAL-15] @param certificate verified */
  finalize(certificate: Certificate): Promise<void> {
    const { tracing } = this.#ports;
    const facts = { "trellis.checkpoint.height": certificate.height };
    const parent = tracing.recall([certificate.value]);
    return tracing.span("checkpoint.finalize", { facts, parent }, () => this.#finalize(certificate));
  }

  #finalize(certificate: Certificate): Promise<void> {
    return this.exclusively(async () => {
      this.requireAvailable();
      const { chainDag, certificates, finalLimit, checkpoint } = this.#ports;
      const votes = checkpoint?.();
      if (votes !== undefined && (votes.epoch !== certificate.epoch || votes.height >= certificate.height)) {
        certificates.giveUp(certificate);
        return;
      }
      const imports = this.#newBatch();
      let told: readonly Certificate[] = [certificate];
      try {
        const { value } = certificate;
        const isItsTurn = !this.#awaitsState && chainDag.dag.has(value) && finalLimit.allows(value);
        if (isItsTurn && !(await imports.finalize(certificate))) {
          certificates.giveUp(certificate);
          // Stores the executions, but not a certificate whose block cannot be final.
          told = [];
        }
      } catch (error) {
        imports.batch.rollback();
        const fault = this.#failures.faultOf(certificate.value, error);
        if (this.failure === undefined) await this.#keep(certificate);
        throw fault;
      }
      await this.#commit(imports, told);
    });
  }

  keepCertificate(certificate: Certificate): Promise<void> {
    return this.exclusively(() => this.#keep(certificate));
  }

  async limitMoved(): Promise<void> {
    await this.exclusively(async () => {
      if (this.#awaitsState) return;
      const imports = this.#newBatch();
      if (this.#ports.checkpoint !== undefined) await imports.selectSink();
      imports.followSink();
      await this.#commit(imports);
    });
  }

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

  /**
   * Removes all blocks that arrived after `block`, which is not below the final block, in batches of about
   * `stepMax` chain blocks. The last batch has what `addTo` adds. [DEV-3]
   */
  returnTo(block: Hash, stepMax: number, addTo: (batch: ChainBatch) => void): Promise<void> {
    return this.exclusively(async () => {
      const { removed, added } = this.#ports.chainDag.dag.chainPath(this.#sink, block);
      // Blocks of another branch may have arrived after `block`.
      const isBelow = added.length === 0;
      for (let at = stepMax; isBelow && at < removed.length; at += stepMax)
        await this.#returnTo(removed[at]!, () => {});
      await this.#returnTo(block, addTo);
    });
  }

  /** Removes all blocks but genesis, also final ones. Nothing may be pruned. [DEV-6] */
  restart(genesis: Hash, addTo: (batch: ChainBatch) => void): Promise<void> {
    return this.exclusively(async () => {
      const { store, blocks, certificates } = this.#ports;
      const { parameters } = this.#options;
      await this.#returnTo(genesis, (batch) => {
        const header = blocks.storedHeader(genesis);
        restoreGenesis(batch, { ...this.#ports, parameters }, { hash: genesis, header });
        clearTables(batch, store, RESTART_TABLES);
        certificates.clear(batch);
        batch.onCommit(() => {
          this.#goal = undefined;
        });
        addTo(batch);
      });
    });
  }

  async #returnTo(block: Hash, addTo: (batch: ChainBatch) => void): Promise<void> {
    const { chainDag, blocks, states, tables } = this.#ports;
    const newer = chainDag.dag.newerThan(block);
    const move = moveBetween(this.#ports, this.#sink, block);
    const batch = new ChainBatch();
    blocks.moveChain(batch, move.removed, []);
    blocks.abandon(
      batch,
      newer.map(({ hash }) => hash),
    );
    for (const entry of newer) {
      batch.onCommit(() => states.detach(entry.hash));
      chainDag.takeBack(batch, entry);
    }
    batch.put(tables.meta, "sink", hexToBytes(block));
    batch.onCommit(() => {
      this.#sink = block;
    });
    addTo(batch);
    await this.commit(batch);
    this.#announce({ imported: [], ...move, events: eventsOf([], move, undefined), isTakenBack: true });
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  async #keep(certificate: Certificate): Promise<void> {
    const { certificates } = this.#ports;
    const batch = new ChainBatch();
    certificates.add(batch, [certificate], certificates.finalHeight);
    await this.commit(batch);
  }

  #importTogether(
    blocks: readonly Block[],
    origin: BlockOrigin,
    outcomes: Outcomes,
  ): Promise<ImportedBlocks> {
    const requireOpen = (): void => {
      if (this.#awaitsState) throw chainErrors.CHAIN_UNAVAILABLE({ reason: "state sync in progress" });
      this.requireAvailable();
    };
    return importBlocks(
      this.#ports,
      { blocks, origin, outcomes },
      { imports: this.#newBatch(), requireOpen, commit: (imports) => this.#commit(imports) },
    );
  }

  #newBatch(): ImportBatch {
    return new ImportBatch(this.#ports, this.#sink, this.#goal);
  }

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
      const committed = { sink: this.#sink, certificates, isArchive, follow };
      await this.#ports.tracing.span("block.commit", {}, () =>
        commitImports(this.#ports, imports, committed),
      );
    } catch (error) {
      throw this.#failures.stop(imports.blocks.at(-1)?.hash ?? imports.goal.block, error);
    }
    this.#approach();
    return stored!;
  }

  /** Imports run between moves of the base. */
  #approach(): void {
    if (this.#goal === undefined || this.#isApproaching) return;
    this.#isApproaching = true;
    this.#queue
      .run(async () => {
        this.#isApproaching = false;
        if (this.#goal !== undefined && this.failure === undefined) await this.#commit(this.#newBatch());
      })
      .catch(() => {
        // On errors, `#commit` has already stopped the chain.
      });
  }

  #announce(result: ImportResult): void {
    for (const listener of this.#listeners) listener(result);
  }

  #logImport({ imported, removed, added }: ImportResult): void {
    this.#ports.log.debug("blocks.imported", {
      blocks: imported.length,
      removed: removed.length,
      added: added.length,
      head: added.at(-1)?.header.number,
      sink: this.#sink,
    });
  }
}
