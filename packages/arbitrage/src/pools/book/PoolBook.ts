import { baseErrors, type Hex, isTrellisError } from "@trellis/base";
import type { BlockReference, ChainLog } from "@trellis/client";
import { poolErrors } from "../errors.ts";
import type { Pool, PoolAddress } from "../Pool.ts";
import type { PoolSource } from "../sources/PoolSource.ts";
import type { PoolFactory } from "./PoolFactory.ts";

export interface BookBlock extends BlockReference {
  readonly parentHash: Hex;
}

export interface StalePool {
  readonly source: PoolSource;
  /** "UNREAD", "REREAD", "SAMPLE" or an error code. */
  readonly reason: string;
  readonly tries: number;
}

export interface BookChange {
  readonly touched: ReadonlySet<PoolAddress>;
  readonly created: readonly PoolAddress[];
  readonly refused: readonly { readonly factory: PoolAddress; readonly code: string }[];
}

export interface PoolBookOptions {
  readonly factories?: readonly PoolFactory[];
  /** Blocks that can be rolled back. */
  readonly statesMax: number;
}

type Entry = { readonly source: PoolSource; readonly pool: Pool } | StalePool;

const UNREAD = { reason: "UNREAD", tries: 0 } as const;

interface Undo {
  readonly block: BookBlock;
  readonly before: Map<PoolAddress, Entry | undefined>;
}

/** Supports rollback. A stale pool has no state until it is read at the head. */
export class PoolBook {
  readonly #entries = new Map<PoolAddress, Entry>();
  readonly #byEmitter = new Map<PoolAddress, PoolSource[]>();
  readonly #factories: ReadonlyMap<PoolAddress, PoolFactory>;
  readonly #statesMax: number;
  #undos: Undo[] = [];
  #head: BookBlock;

  constructor(head: BookBlock, { factories = [], statesMax }: PoolBookOptions) {
    this.#head = head;
    this.#statesMax = statesMax;
    this.#factories = new Map(factories.map((factory) => [factory.address, factory]));
    this.#undos = [{ block: head, before: new Map() }];
  }

  get head(): BookBlock {
    return this.#head;
  }

  pool(address: PoolAddress): Pool | undefined {
    const entry = this.#entries.get(address);
    return entry !== undefined && "pool" in entry ? entry.pool : undefined;
  }

  *pools(): Iterable<Pool> {
    for (const entry of this.#entries.values()) if ("pool" in entry) yield entry.pool;
  }

  *stale(): Generator<StalePool> {
    for (const entry of this.#entries.values()) if ("reason" in entry) yield entry;
  }

  listensTo(address: PoolAddress): boolean {
    return this.#factories.has(address) || this.#byEmitter.has(address);
  }

  source(address: PoolAddress): PoolSource | undefined {
    return this.#entries.get(address)?.source;
  }

  follow(source: PoolSource): void {
    if (this.#entries.has(source.address))
      throw baseErrors.ARGUMENT_INVALID({ rule: "a pool is followed once", pool: source.address });
    this.#entries.set(source.address, { source, ...UNREAD });
    this.#listen(source);
  }

  forget(address: PoolAddress): void {
    const source = this.#entries.get(address)?.source;
    if (source === undefined) return;
    this.#entries.delete(address);
    for (const { before } of this.#undos) before.delete(address);
    for (const emitter of source.emitters) {
      const others = (this.#byEmitter.get(emitter) ?? []).filter((other) => other !== source);
      if (others.length === 0) this.#byEmitter.delete(emitter);
      else this.#byEmitter.set(emitter, others);
    }
  }

  /** @throws BRANCH_LOST if the head has moved, ARGUMENT_INVALID */
  put(pool: Pool, blockHash: Hex): void {
    if (blockHash !== this.#head.hash)
      throw poolErrors.BRANCH_LOST({
        reason: "the block is not the head",
        block: blockHash,
        head: this.#head.hash,
      });
    this.#change({ source: this.#sourceOf(pool.address), pool });
  }

  invalidate(address: PoolAddress, reason: string): void {
    this.#change({ source: this.#sourceOf(address), reason, tries: 0 });
  }

  fail(address: PoolAddress, reason: string): void {
    const source = this.#sourceOf(address);
    const entry = this.#entries.get(address);
    const tries = entry !== undefined && "tries" in entry ? entry.tries : 0;
    this.#change({ source, reason, tries: tries + 1 });
  }

  /** @param logs in block order; ignores unrelated logs @throws BRANCH_LOST without changes */
  addBlock(block: BookBlock, logs: readonly ChainLog[]): BookChange {
    if (block.parentHash !== this.#head.hash || block.height !== this.#head.height + 1)
      throw poolErrors.BRANCH_LOST({
        reason: "the block does not follow the head",
        height: block.height,
        parent: block.parentHash,
        head: this.#head.hash,
      });
    checkLogs(block, logs);
    this.#head = block;
    this.#undos.push({ block, before: new Map() });
    if (this.#undos.length > this.#statesMax + 1) this.#undos.shift();
    const created: PoolAddress[] = [];
    const refused: { factory: PoolAddress; code: string }[] = [];
    const touched = new Set<PoolAddress>();
    for (const log of logs) {
      const factory = this.#factories.get(log.address);
      if (factory === undefined) this.#applyLog(log, touched);
      else this.#create(factory, log, created, refused);
    }
    for (const address of created) touched.add(address);
    return { touched, created, refused };
  }

  /** @throws BRANCH_LOST without changes */
  removeBlock(hash: Hex): BookChange {
    if (hash !== this.#head.hash)
      throw poolErrors.BRANCH_LOST({
        reason: "the block is not the head",
        block: hash,
        head: this.#head.hash,
      });
    const undo = this.#undos.at(-1);
    const parent = this.#undos.at(-2);
    if (undo === undefined || parent === undefined)
      throw poolErrors.BRANCH_LOST({
        reason: "older states are not kept",
        height: this.#head.height,
        statesMax: this.#statesMax,
      });
    this.#undos.pop();
    this.#head = parent.block;
    for (const [address, entry] of undo.before) {
      if (entry === undefined) this.forget(address);
      else this.#entries.set(address, entry);
    }
    return { touched: new Set(undo.before.keys()), created: [], refused: [] };
  }

  #applyLog(log: ChainLog, touched: Set<PoolAddress>): void {
    for (const source of this.#byEmitter.get(log.address) ?? []) {
      const entry = this.#entries.get(source.address);
      if (entry === undefined || !("pool" in entry) || !source.isAbout(log)) continue;
      const next = entryAfter(entry.source, entry.pool, log);
      if (next === undefined) continue;
      this.#change(next);
      touched.add(source.address);
    }
  }

  #create(
    factory: PoolFactory,
    log: ChainLog,
    created: PoolAddress[],
    refused: { factory: PoolAddress; code: string }[],
  ): void {
    try {
      const made = factory.poolOf(log);
      if (made === undefined) return;
      const { source, pool } = made;
      if (this.#entries.has(source.address))
        throw poolErrors.FACTORY_LOG_INVALID({ reason: "pool already exists", pool: source.address });
      this.#change(pool === undefined ? { source, ...UNREAD } : { source, pool });
      this.#listen(source);
      created.push(source.address);
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      refused.push({ factory: factory.address, code: error.code });
    }
  }

  #change(entry: Entry): void {
    const { address } = entry.source;
    const before = this.#undos.at(-1)?.before;
    if (before !== undefined && !before.has(address)) before.set(address, this.#entries.get(address));
    this.#entries.set(address, entry);
  }

  #listen(source: PoolSource): void {
    for (const emitter of source.emitters)
      this.#byEmitter.set(emitter, [...(this.#byEmitter.get(emitter) ?? []), source]);
  }

  #sourceOf(address: PoolAddress): PoolSource {
    const source = this.source(address);
    if (source === undefined)
      throw baseErrors.ARGUMENT_INVALID({ rule: "the pool is in the book", pool: address });
    return source;
  }
}

function entryAfter(source: PoolSource, pool: Pool, log: ChainLog): Entry | undefined {
  try {
    const effect = source.applyLog(pool, log);
    if (effect === undefined) return undefined;
    return effect === "reread" ? { source, reason: "REREAD", tries: 0 } : { source, pool: effect };
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    return { source, reason: error.code, tries: 0 };
  }
}

function checkLogs({ hash, height }: BookBlock, logs: readonly ChainLog[]): void {
  let last = -1;
  for (const { block, logIndex } of logs) {
    if (block.hash !== hash || logIndex <= last)
      throw poolErrors.BRANCH_LOST({
        reason: "logs from another block or out of order",
        height,
        block: hash,
        logBlock: block.hash,
        logIndex,
      });
    last = logIndex;
  }
}
