import { bytesToHex, isTrellisError, LruMap } from "@trellis/base";
import {
  type AcceptedTransaction,
  type Block,
  type Body,
  blockEntries,
  type ChainBlock,
  type ChainHeader,
  carriedHashes,
  type Delivery,
  type Guard,
  type Hash,
  type Header,
  type SkippedTransaction,
} from "@trellis/protocol";
import { storageErrors, type Table } from "@trellis/storage";
import { type BlockOverride, decodeOverride, mayNameOverride, overrideHash } from "./blockOverride.ts";
import { sizeOfBlock, sizeOfChainBlock } from "./blockSizes.ts";
import type { ChainBatch } from "./ChainBatch.ts";
import { chainBlockOf, type Executed } from "./chainBlockOf.ts";
import type { ExecutedRuns } from "./executedRuns.ts";
import { decodeExecutionHead, decodeExecutionRecord, type ExecutionRecord } from "./executionRecord.ts";
import { executionRecordOf } from "./executionRecordOf.ts";
import type { ChainTables } from "./tables.ts";

/** Holds the blocks that clients, relay and reorganizations read: those of the last minutes. */
const CACHE_BYTES_MAX = 32 << 20;
/** Number cached regardless of size, because every client reads the head. */
const CHAIN_BLOCKS_MIN = 4;
/** The whole block; all but header and GHOSTDAG data; or only the execution. */
type PrunedPart = "block" | "body" | "execution";

interface Parts {
  readonly headers: Header;
  readonly bodies: Body;
}

export interface Pruned {
  readonly hash: Hash;
  readonly part: PrunedPart;
}

/** Reads by hash find entries of the batch in progress; indexes change at its commit. */
export class BlockStore {
  readonly #tables: ChainTables;
  readonly #blocks: LruMap<Hash, Block>;
  readonly #chainBlocks: LruMap<Hash, ChainBlock>;
  readonly #abandoned: LruMap<Hash, ChainBlock>;
  #batch: ChainBatch | undefined;
  readonly #hidden = new Map<Hash, PrunedPart>();
  readonly #indexes = new WeakMap<ChainBlock, ReadonlyMap<Hash, number>>();

  /** @param cacheBytesMax estimated size of each of two caches */
  constructor(tables: ChainTables, cacheBytesMax = CACHE_BYTES_MAX) {
    this.#tables = tables;
    this.#blocks = new LruMap(cacheBytesMax, sizeOfBlock);
    this.#chainBlocks = new LruMap(cacheBytesMax, sizeOfChainBlock, CHAIN_BLOCKS_MIN);
    this.#abandoned = new LruMap(cacheBytesMax, sizeOfChainBlock);
  }

  block(hash: Hash): Block | undefined {
    if (this.isBodyHidden(hash)) return undefined;
    const known = this.#blocks.get(hash);
    if (known !== undefined) return known;
    const header = this.#read("headers", hash);
    const body = this.#read("bodies", hash);
    if (header === undefined || body === undefined) return undefined;
    const block = { hash, header, body };
    this.#blocks.set(hash, block);
    return block;
  }

  header(hash: Hash): Header | undefined {
    if (this.#hidden.get(hash) === "block") return undefined;
    return this.#blocks.get(hash)?.header ?? this.#read("headers", hash);
  }

  isBodyHidden(hash: Hash): boolean {
    return this.#hidden.has(hash) && this.#hidden.get(hash) !== "execution";
  }

  storedBlock(hash: Hash): Block {
    const block = this.block(hash);
    if (block === undefined) throw storageErrors.STORE_CORRUPT({ missing: "block", block: hash });
    return block;
  }

  storedHeader(hash: Hash): Header {
    const header = this.header(hash);
    if (header === undefined) throw storageErrors.STORE_CORRUPT({ missing: "header", block: hash });
    return header;
  }

  carriersOf(transaction: Hash): readonly Hash[] {
    const { transactionCarriers } = this.#tables;
    const carriers =
      decoded("transactionCarriers", transaction, () => transactionCarriers.get(transaction)) ?? [];
    return this.#hidden.size === 0 ? carriers : carriers.filter((hash) => !this.isBodyHidden(hash));
  }

  mergedBy(hash: Hash): Hash | undefined {
    return this.isBodyHidden(hash) ? undefined : this.#tables.mergedBy.get(hash);
  }

  /** Callers that walk down to genesis pass -1 last. */
  hashByNumber(number: number): Hash | undefined {
    if (number < 0) return undefined;
    const hash = this.#tables.chainIndex.get(number);
    return hash === undefined || this.isBodyHidden(hash) ? undefined : hash;
  }

  isDisqualified(hash: Hash): boolean {
    const { disqualified } = this.#tables;
    return this.#batch?.added(disqualified, hash) !== undefined || disqualified.has(hash);
  }

  chainBlock(hash: Hash): ChainBlock | undefined {
    if (this.#hidden.has(hash)) return undefined;
    const known = this.#chainBlocks.get(hash);
    if (known !== undefined) return known;
    const header = this.header(hash);
    const record = header === undefined ? undefined : this.#readExecution(hash, decodeExecutionRecord);
    if (header === undefined || record === undefined) return undefined;
    const block = this.#fromRecord(hash, header, record);
    this.#chainBlocks.set(hash, block);
    return block;
  }

  isAtHand(hash: Hash): boolean {
    return this.#chainBlocks.has(hash);
  }

  chainHeader(hash: Hash): ChainHeader | undefined {
    if (this.#hidden.has(hash) || this.isAtHand(hash)) return this.chainBlock(hash);
    const header = this.header(hash);
    const head = this.#readExecution(hash, decodeExecutionHead);
    if (header === undefined || head === undefined) return undefined;
    return { hash, header, timestamp: head.timestamp, gasLimit: head.gasLimit };
  }

  storedChainHeader(hash: Hash): ChainHeader | undefined {
    return this.#isExecutionUnstored(hash) ? undefined : this.chainHeader(hash);
  }

  executedBlock(hash: Hash): ChainBlock {
    const block = this.chainBlock(hash);
    if (block === undefined) throw storageErrors.STORE_CORRUPT({ missing: "execution", block: hash });
    return block;
  }

  /** Among the block's entries. */
  indexIn(block: ChainBlock, transaction: Hash): number | undefined {
    let indexes = this.#indexes.get(block);
    if (indexes === undefined) {
      indexes = new Map(blockEntries(block).map(({ receipt }, index) => [receipt.transactionHash, index]));
      this.#indexes.set(block, indexes);
    }
    return indexes.get(transaction);
  }

  /** Undefined on networks that nobody controls, because their table is empty. [DEV-4] */
  overrideOf({ extra }: Pick<Header, "extra">): BlockOverride | undefined {
    if (!mayNameOverride(extra)) return undefined;
    const hash = bytesToHex(extra);
    const encoded = this.#tables.overrides.get(hash);
    if (encoded === undefined) return undefined;
    if (overrideHash(encoded) !== hash) throw storageErrors.STORE_CORRUPT({ table: "overrides", key: hash });
    return decoded("overrides", hash, () => decodeOverride(encoded));
  }

  isUnstored(hash: Hash): boolean {
    return this.#batch?.added(this.#tables.headers, hash) !== undefined;
  }

  get unstoredCount(): number {
    return this.#batch?.addedCount(this.#tables.headers) ?? 0;
  }

  storedChainBlock(hash: Hash): ChainBlock | undefined {
    return this.#isExecutionUnstored(hash) ? undefined : this.chainBlock(hash);
  }

  add(batch: ChainBatch, block: Block): void {
    const { hash, header, body } = block;
    const { bodies, transactionCarriers } = this.#tables;
    this.addHeader(batch, hash, header);
    batch.put(bodies, hash, body);
    for (const carried of carriedHashes(body)) {
      const carriers = this.#carriersIn(batch, carried);
      batch.put(transactionCarriers, carried, [...carriers, hash]);
    }
    this.#blocks.set(hash, block);
    batch.onRollback(() => this.#blocks.delete(hash));
  }

  addHeader(batch: ChainBatch, hash: Hash, header: Header): void {
    this.#readThrough(batch);
    batch.put(this.#tables.headers, hash, header);
  }

  /** The block's accepted transactions are unknown. */
  addImported(
    batch: ChainBatch,
    hash: Hash,
    header: Header,
    executed: Pick<ChainBlock, "timestamp" | "gasLimit" | "carriers">,
  ): ChainBlock {
    return this.#addChainBlock(batch, { hash, header }, { ...executed, transactions: [], skipped: [] });
  }

  addGenesis(batch: ChainBatch, block: Block, gasLimit: bigint): ChainBlock {
    this.add(batch, block);
    return this.#addChainBlock(batch, block, {
      timestamp: Math.floor(block.header.timestampMs / 1000),
      gasLimit,
      carriers: [block.hash],
      transactions: [],
      skipped: [],
    });
  }

  addExecution(
    batch: ChainBatch,
    block: Block,
    carriers: readonly Hash[],
    { timestamp, gasLimit, accepted, skipped, deliveries }: ExecutedRuns,
  ): ChainBlock {
    return this.#addChainBlock(batch, block, {
      timestamp,
      gasLimit,
      carriers,
      transactions: accepted.map(({ carrierIndex, transaction, sender, receipt }) => ({
        transaction,
        sender,
        receipt,
        carrier: carriers[carrierIndex]!,
      })),
      skipped: skipped.map(({ carrierIndex, transactionHash, reason }) => ({
        transactionHash,
        reason,
        carrier: carriers[carrierIndex]!,
      })),
      ...(deliveries && { deliveries }),
    });
  }

  disqualify(batch: ChainBatch, hash: Hash): void {
    this.#readThrough(batch);
    batch.put(this.#tables.disqualified, hash, new Uint8Array(0));
  }

  moveChain(batch: ChainBatch, removed: readonly ChainBlock[], added: readonly ChainBlock[]): void {
    const { chainIndex, mergedBy } = this.#tables;
    for (const { header, carriers } of removed) {
      batch.delete(chainIndex, header.number);
      for (const carrier of carriers) batch.delete(mergedBy, carrier);
    }
    for (const { hash, header, carriers } of added) {
      batch.put(chainIndex, header.number, hash);
      for (const carrier of carriers) batch.put(mergedBy, carrier, hash);
    }
  }

  hide(pruned: readonly Pruned[]): void {
    for (const { hash, part } of pruned) {
      this.#forget(hash);
      this.#hidden.set(hash, part);
    }
  }

  delete(batch: ChainBatch, pruned: readonly Pruned[]): void {
    this.#deleteEntries(batch, pruned);
    batch.onCommit(() => {
      for (const { hash } of pruned) this.#forget(hash);
    });
  }

  /** A cache keeps the blocks for clients that have seen them. [DEV-3] */
  abandon(batch: ChainBatch, hashes: readonly Hash[]): void {
    this.#deleteEntries(
      batch,
      hashes.map((hash) => ({ hash, part: "block" })),
    );
    batch.onCommit(() => {
      for (const hash of hashes) {
        const block = this.#chainBlocks.get(hash);
        this.#forget(hash);
        if (block !== undefined) this.#abandoned.set(hash, block);
      }
    });
  }

  abandoned(hash: Hash): ChainBlock | undefined {
    return this.#abandoned.get(hash);
  }

  #deleteEntries(batch: ChainBatch, pruned: readonly Pruned[]): void {
    const { executions, headers, disqualified } = this.#tables;
    const bodies = pruned.filter(({ part }) => part !== "execution").map(({ hash }) => hash);
    for (const { hash } of pruned) batch.delete(executions, hash);
    for (const hash of bodies) this.#deleteBody(batch, hash);
    this.#deleteCarriers(batch, new Set(bodies));
    for (const { hash, part } of pruned) {
      if (part !== "block") continue;
      batch.delete(headers, hash);
      batch.delete(disqualified, hash);
    }
  }

  #forget(hash: Hash): void {
    this.#hidden.delete(hash);
    this.#blocks.delete(hash);
    this.#chainBlocks.delete(hash);
  }

  #deleteBody(batch: ChainBatch, hash: Hash): void {
    const { bodies, mergedBy, chainIndex } = this.#tables;
    const number = (this.#blocks.get(hash)?.header ?? this.#read("headers", hash))?.number;
    batch.delete(bodies, hash);
    batch.delete(mergedBy, hash);
    if (number !== undefined && batch.get(chainIndex, number) === hash) batch.delete(chainIndex, number);
  }

  #deleteCarriers(batch: ChainBatch, blocks: ReadonlySet<Hash>): void {
    const { transactionCarriers } = this.#tables;
    const bodies = [...blocks].flatMap(
      (hash) => this.#blocks.get(hash)?.body ?? this.#read("bodies", hash) ?? [],
    );
    const transactions = new Set(bodies.flatMap(carriedHashes));
    for (const transaction of transactions) {
      const left = this.#carriersIn(batch, transaction).filter((hash) => !blocks.has(hash));
      if (left.length === 0) batch.delete(transactionCarriers, transaction);
      else batch.put(transactionCarriers, transaction, left);
    }
  }

  #carriersIn(batch: ChainBatch, transaction: Hash): readonly Hash[] {
    const { transactionCarriers } = this.#tables;
    return (
      decoded("transactionCarriers", transaction, () => batch.get(transactionCarriers, transaction)) ?? []
    );
  }

  #readThrough(batch: ChainBatch): void {
    if (this.#batch === batch) return;
    const end = (): void => {
      this.#batch = undefined;
    };
    this.#batch = batch;
    batch.onCommit(end);
    batch.onRollback(end);
  }

  #isExecutionUnstored(hash: Hash): boolean {
    return this.#batch?.added(this.#tables.executions, hash) !== undefined;
  }

  #readExecution<P>(
    hash: Hash,
    decode: (bytes: Uint8Array, guard: Guard) => P,
  ): ExecutionRecord | P | undefined {
    const { executions } = this.#tables;
    const guard: Guard = (read) => decoded("executions", hash, read);
    return (
      this.#batch?.added(executions, hash) ??
      guard(() => executions.getPart(hash, (bytes) => decode(bytes, guard)))
    );
  }

  #read<Name extends keyof Parts>(name: Name, hash: Hash): Parts[Name] | undefined {
    const tables: { readonly [Each in keyof Parts]: Table<Hash, Parts[Each]> } = this.#tables;
    const table = tables[name];
    return this.#batch?.added(table, hash) ?? decoded(name, hash, () => table.get(hash));
  }

  #addChainBlock(
    batch: ChainBatch,
    { hash, header }: Pick<Block, "hash" | "header">,
    executed: Executed,
  ): ChainBlock {
    const chainBlock = chainBlockOf(hash, header, executed, this.overrideOf(header));
    this.#readThrough(batch);
    const record = executionRecordOf(chainBlock, (carrier) => this.storedBlock(carrier).body);
    batch.put(this.#tables.executions, hash, record);
    this.#chainBlocks.set(hash, chainBlock);
    batch.onRollback(() => this.#chainBlocks.delete(hash));
    return chainBlock;
  }

  #fromRecord(
    hash: Hash,
    header: Header,
    { timestamp, gasLimit, carriers, accepted, skipped, deliveries }: ExecutionRecord,
  ): ChainBlock {
    const bodies = new Map<number, Body["transactions"]>();
    const bodyOf = (index: number): Body["transactions"] => {
      const carrier = carriers[index];
      const body =
        bodies.get(index) ?? (carrier === undefined ? [] : this.storedBlock(carrier).body.transactions);
      bodies.set(index, body);
      return body;
    };
    const at = ({
      carrierIndex,
      bodyIndex,
    }: ExecutionRecord["skipped"][number] | ExecutionRecord["accepted"][number]) => {
      const transaction = bodyOf(carrierIndex)[bodyIndex];
      if (transaction === undefined) {
        throw storageErrors.STORE_CORRUPT({ missing: "transaction", block: hash, carrierIndex, bodyIndex });
      }
      return { transaction, carrier: carriers[carrierIndex]! };
    };
    const executed = {
      timestamp,
      gasLimit,
      carriers,
      transactions: accepted.map(
        (entry): AcceptedTransaction => ({ ...at(entry), sender: entry.sender, receipt: entry.receipt }),
      ),
      skipped: skipped.map((entry): SkippedTransaction => {
        const { transaction, carrier } = at(entry);
        return { transactionHash: transaction.hash, carrier, reason: entry.reason };
      }),
      ...(deliveries && { deliveries: this.#deliveriesOf(hash, deliveries) }),
    };
    return chainBlockOf(hash, header, executed, this.overrideOf(header));
  }

  #deliveriesOf(hash: Hash, stored: NonNullable<ExecutionRecord["deliveries"]>): readonly Delivery[] {
    const { batches = [] } = this.storedBlock(hash).body.crossShard ?? {};
    const left = new Map(batches.map(({ source, messages }) => [source, messages.values()]));
    return stored.map(({ source, receipt }) => {
      const message = left.get(source)?.next().value;
      if (message === undefined)
        throw storageErrors.STORE_CORRUPT({ missing: "message", block: hash, source });
      return { message, receipt };
    });
  }
}

function decoded<T>(table: string, key: Hash, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (isTrellisError(cause, "STORE_CLOSED")) throw cause;
    throw storageErrors.STORE_CORRUPT({ table, key }, cause);
  }
}
