import { bigintToBytes, bytesToBigint, hexToBytes } from "@trellis/base";
import type { DumpedAccount, Hash, Header, TemplateRequest } from "@trellis/protocol";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import type { ChainFinality } from "../finality/ChainFinality.ts";
import type { FinalLimit } from "../finality/FinalLimit.ts";
import type { Mempool } from "../mempool/index.ts";
import type { StateStore } from "../state/StateStore.ts";
import { type BlockOverride, encodeOverride, overrideHash } from "../store/blockOverride.ts";
import { ChainBatch } from "../store/ChainBatch.ts";
import {
  decodeSnapshot,
  encodeSnapshot,
  type Snapshot,
  type SnapshotSettings,
} from "../store/snapshotRecord.ts";
import type { ChainTables } from "../store/tables.ts";
import type { SnapshotLimits } from "./ChainOptions.ts";
import type { ControlledClock } from "./ControlledClock.ts";
import type { Importer } from "./Importer.ts";

const SNAPSHOT_LIMITS: SnapshotLimits = { blocksMax: 50_000, countMax: 10_000, stepMax: 500 };
const COUNTER_SIZE = 8;

export type ControlSettings = Omit<SnapshotSettings, "nowMs">;

export interface ControlledRequest extends TemplateRequest {
  readonly timestampMs?: number;
  /** Of the settings that the block has. */
  readonly version?: number;
}

const ONCE: ReadonlySet<string> = new Set(["baseFee", "prevRandao", "timestampMs"]);

interface ChainControlPorts extends KnownBlocks {
  readonly tables: ChainTables;
  readonly states: Pick<StateStore, "accountsAt">;
  readonly finalLimit: FinalLimit;
  readonly genesisHash: Hash;
  readonly importer: Pick<
    Importer,
    "sink" | "exclusively" | "commit" | "returnTo" | "restart" | "limitMoved"
  >;
  readonly finality: Pick<ChainFinality, "restart">;
  readonly pool: Pick<Mempool, "content" | "drop" | "onChain">;
  readonly clock: ControlledClock;
}

/** Commands of a devnet's program. Its only node builds all blocks. [DEV-1] */
export class ChainControl {
  readonly #ports: ChainControlPorts;
  readonly #snapshots = new Map<number, Snapshot>();
  readonly #limits: SnapshotLimits;
  /** Override records that this process stored, with the newest snapshot of that time. */
  readonly #stored = new Map<Hash, number>();
  #settings: ControlSettings = {};
  #version = 0;
  readonly #setIn = new Map<string, number>();
  #hasBegun: boolean;
  /** TIMESTAMP of a block may be its parent's. [DEV-2] */
  allowsEqualTimes = false;

  constructor(ports: ChainControlPorts, limits = SNAPSHOT_LIMITS) {
    this.#ports = ports;
    this.#limits = limits;
    ports.clock.resume();
    for (const [id, record] of ports.tables.snapshots.range({}))
      this.#snapshots.set(id, decodeSnapshot(record));
    this.#hasBegun = this.#snapshots.size > 0;
    const { gasLimit } = ports.blocks.overrideOf(this.#head) ?? {};
    if (gasLimit !== undefined) this.#settings = { gasLimit };
    this.#hold();
  }

  /** True once a program has given a command. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  get settings(): ControlSettings {
    return this.#settings;
  }

  get offsetMs(): number {
    return this.#ports.clock.offsetMs;
  }

  nowMs(): number {
    return this.#ports.clock.nowMs();
  }

  /** TIMESTAMP of the next block, if it were built now. */
  nextTimestamp(): number {
    const { clock, blocks, importer } = this.#ports;
    const nextMs = this.#hasBegun ? this.#expectedMs() : clock.nowMs();
    return Math.max(Math.floor(nextMs / 1_000), blocks.executedBlock(importer.sink).timestamp);
  }

  /** From here on, a second separates blocks, as in Hardhat. [DEV-2] */
  begin(): void {
    this.#hasBegun = true;
  }

  set(settings: Partial<ControlSettings>): void {
    this.#settings = { ...this.#settings, ...settings };
    this.#version++;
    for (const name of Object.keys(settings)) this.#setIn.set(name, this.#version);
    if (settings.baseFee !== undefined) this.#followFees();
  }

  advance(addedMs: number): void {
    const { clock } = this.#ports;
    // Quick blocks may be ahead of clock and offset.
    clock.moveTo(clock.nowMs() + addedMs);
  }

  /** Stores the block's override before the block that names it. */
  async prepare(request: TemplateRequest): Promise<ControlledRequest> {
    const { miner = request.miner, gasLimit } = this.#settings;
    if (request.override !== undefined) {
      // The reward of the miner that was set would change a balance that is set.
      const timestampMs = this.#head.timestampMs;
      const extra = await this.#extraOf({ accounts: request.override, gasLimit });
      return { ...request, timestampMs, extra: extra ?? request.extra };
    }
    const { baseFee, prevRandao } = this.#settings;
    const version = this.#version;
    const timestampMs = this.#hasBegun ? this.#nextTimestampMs() : undefined;
    const extra = await this.#extraOf({ baseFee, gasLimit, prevRandao });
    const prepared = { ...request, miner, extra: extra ?? request.extra, version };
    return timestampMs === undefined ? prepared : { ...prepared, timestampMs };
  }

  /** The next block's settings are used once; those set meanwhile are for the block after it. */
  async made({ override, version = 0 }: ControlledRequest): Promise<void> {
    if (override === undefined) {
      const isKept = (name: string) => !ONCE.has(name) || this.#setIn.get(name)! > version;
      const { baseFee } = this.#settings;
      const kept = Object.entries(this.#settings).filter(([name]) => isKept(name));
      this.#settings = Object.fromEntries(kept) as ControlSettings;
      if (this.#settings.baseFee !== baseFee) this.#followFees();
    }
    if (this.#isOldestExpired) await this.#dropExpired();
  }

  get snapshotCount(): number {
    return this.#snapshots.size;
  }

  /** Undefined if there are too many. */
  async snapshot(): Promise<number | undefined> {
    const { importer, tables, clock } = this.#ports;
    return importer.exclusively(async () => {
      const expired = this.#expired();
      if (this.#snapshots.size - expired.length >= this.#limits.countMax) return undefined;
      const id = Number(bytesToBigint(tables.meta.get("snapshotNext") ?? Uint8Array.of(1)));
      const snapshot = {
        block: importer.sink,
        settings: { ...this.#settings, nowMs: clock.nowMs() },
      };
      const batch = new ChainBatch();
      this.#forget(batch, expired);
      batch.put(tables.meta, "snapshotNext", bigintToBytes(BigInt(id + 1), COUNTER_SIZE));
      batch.put(tables.snapshots, id, encodeSnapshot(snapshot));
      batch.onCommit(() => {
        this.#snapshots.set(id, snapshot);
        this.#hold();
      });
      await importer.commit(batch);
      return id;
    });
  }

  /** Uses up the snapshot and all later ones. False if there is none. [DEV-3] */
  async revert(id: number): Promise<boolean> {
    const { importer, clock } = this.#ports;
    const snapshot = this.#snapshots.get(id);
    if (snapshot === undefined) return false;
    const later = [...this.#snapshots.keys()].filter((other) => other >= id);
    // Before the chain, because a crash between the two would leave its transactions.
    this.#emptyPool();
    await importer.returnTo(snapshot.block, this.#limits.stepMax, (batch) => {
      this.#forget(batch, later);
      this.#deleteOverrides(batch, id);
      batch.onCommit(() => {
        const { nowMs, ...settings } = snapshot.settings;
        clock.moveTo(nowMs);
        this.#settings = settings;
        this.#hold();
      });
    });
    this.#emptyPool();
    this.#followFees();
    await this.#released();
    return true;
  }

  /** Back to genesis, also below the final block. False if there are too many blocks. [DEV-6] */
  async reset(): Promise<boolean> {
    const { importer, finality, genesisHash, clock, chainDag } = this.#ports;
    const isPruned = chainDag.oldest !== genesisHash;
    if (isPruned || chainDag.dag.size > this.#limits.blocksMax) return false;
    this.#emptyPool();
    await finality.restart(() =>
      importer.restart(genesisHash, (batch) => {
        this.#forget(batch, [...this.#snapshots.keys()]);
        batch.onCommit(() => {
          clock.restart();
          this.#settings = {};
          this.#hold();
        });
      }),
    );
    this.#emptyPool();
    this.#followFees();
    return true;
  }

  /** State after the head. Valid until the next block. */
  accounts(): Iterable<DumpedAccount> {
    const { states, importer } = this.#ports;
    return states.accountsAt(importer.sink);
  }

  get #isOldestExpired(): boolean {
    const [oldest] = this.#snapshots.values();
    return oldest !== undefined && this.#isExpired(oldest);
  }

  async #dropExpired(): Promise<void> {
    const { importer } = this.#ports;
    await importer.exclusively(async () => {
      const batch = new ChainBatch();
      this.#forget(batch, this.#expired());
      batch.onCommit(() => this.#hold());
      await importer.commit(batch);
    });
    await this.#released();
  }

  #forget(batch: ChainBatch, ids: readonly number[]): void {
    for (const id of ids) batch.delete(this.#ports.tables.snapshots, id);
    batch.onCommit(() => {
      for (const id of ids) this.#snapshots.delete(id);
      if (this.#snapshots.size === 0) this.#stored.clear();
    });
  }

  /** Only removed blocks can name a record that was stored after the snapshot. */
  #deleteOverrides(batch: ChainBatch, snapshot: number): void {
    for (const [hash, newest] of this.#stored) {
      if (newest < snapshot) continue;
      batch.delete(this.#ports.tables.overrides, hash);
      batch.onCommit(() => this.#stored.delete(hash));
    }
  }

  async #released(): Promise<void> {
    const { finalLimit, importer } = this.#ports;
    if (!finalLimit.isHeld) await importer.limitMoved();
  }

  #followFees(): void {
    this.#ports.pool.onChain({ removed: [], added: [] });
  }

  #emptyPool(): void {
    const { pending, queued } = this.#ports.pool.content();
    const pooled = [...pending.values(), ...queued.values()].flat();
    this.#ports.pool.drop(pooled.map(({ transaction }) => transaction.hash));
  }

  get #head(): Header {
    return this.#ports.blocks.storedHeader(this.#ports.importer.sink);
  }

  #nextTimestampMs(): number {
    const nextMs = this.#expectedMs();
    if (this.#settings.timestampMs !== undefined) this.#ports.clock.moveTo(nextMs);
    return nextMs;
  }

  #expectedMs(): number {
    const { clock, blocks, importer } = this.#ports;
    const { timestamp, header } = blocks.executedBlock(importer.sink);
    const earliestMs = this.allowsEqualTimes ? header.timestampMs + 1 : (timestamp + 1) * 1_000;
    return Math.max(this.#settings.timestampMs ?? clock.nowMs(), earliestMs);
  }

  async #extraOf(override: BlockOverride): Promise<Uint8Array | undefined> {
    const isEmpty = Object.values(override).every((value) => value === undefined);
    if (isEmpty) return undefined;
    const { importer, tables } = this.#ports;
    const encoded = encodeOverride(override);
    const hash: Hash = overrideHash(encoded);
    if (!tables.overrides.has(hash)) {
      await importer.exclusively(async () => {
        const batch = new ChainBatch();
        batch.put(tables.overrides, hash, encoded);
        const newest = Math.max(0, ...this.#snapshots.keys());
        if (newest > 0) batch.onCommit(() => this.#stored.set(hash, newest));
        await importer.commit(batch);
      });
    }
    return hexToBytes(hash);
  }

  #expired(): number[] {
    if (!this.#isOldestExpired) return [];
    return [...this.#snapshots].filter(([, snapshot]) => this.#isExpired(snapshot)).map(([id]) => id);
  }

  #isExpired({ block }: Snapshot): boolean {
    return this.#ports.blocks.storedHeader(block).number < this.#head.number - this.#limits.blocksMax;
  }

  /** Blocks above the oldest snapshot do not become final, because a revert removes them. */
  #hold(): void {
    const [oldest] = this.#snapshots.values();
    this.#ports.finalLimit.holdAt(oldest?.block);
  }
}
