import { LruMap, type Steps } from "@trellis/base";
import type {
  AcceptedTransaction,
  Block,
  Body,
  ChainBlock,
  ChainHeader,
  Guard,
  Hash,
  Header,
  SkippedTransaction,
} from "@trellis/protocol";
import { storageErrors, type WriteOperation } from "@trellis/storage";
import { sizeOfBlock, sizeOfChainBlock } from "./blockSizes.ts";
import type { BatchPart, ChainBatch } from "./ChainBatch.ts";
import { chainBlockOf, type Executed } from "./chainBlockOf.ts";
import type { ExecutedRuns } from "./executedRuns.ts";
import {
  decodeExecutionHead,
  decodeExecutionRecord,
  type ExecutionRecord,
  encodeExecutionInSteps,
} from "./executionRecord.ts";
import { executionRecordOf } from "./executionRecordOf.ts";
import type { ChainTables } from "./tables.ts";

const CACHE_BYTES_MAX = 128 << 20;
/** Cached whatever their size, because every client reads the head. */
const CHAIN_BLOCKS_MIN = 4;
/** The whole block; all but header and GHOSTDAG data; or only the execution. */
type PrunedPart = "block" | "body" | "execution";

export interface Pruned {
  readonly hash: Hash;
  readonly part: PrunedPart;
}

/** Reads go through caches and see unstored imports; writes go into batches. */
export class BlockStore {
  readonly #tables: ChainTables;
  readonly #blocks: LruMap<Hash, Block>;
  readonly #chainBlocks: LruMap<Hash, ChainBlock>;
  readonly #unstored = {
    blocks: new Map<Hash, Block>(),
    headers: new Map<Hash, Header>(),
    chainBlocks: new Map<Hash, ChainBlock>(),
    disqualified: new Set<Hash>(),
    executions: new Map<Hash, Uint8Array>(),
  };
  /** Pruned but still stored. */
  readonly #hidden = new Map<Hash, PrunedPart>();
  #deleted: ReadonlySet<Hash> = new Set();
  readonly #indexes = new WeakMap<ChainBlock, ReadonlyMap<Hash, number>>();

  /** @param cacheBytesMax estimated; decoded and executed blocks each */
  constructor(tables: ChainTables, cacheBytesMax = CACHE_BYTES_MAX) {
    this.#tables = tables;
    this.#blocks = new LruMap(cacheBytesMax, sizeOfBlock);
    this.#chainBlocks = new LruMap(cacheBytesMax, sizeOfChainBlock, CHAIN_BLOCKS_MIN);
  }

  block(hash: Hash): Block | undefined {
    if (this.isBodyHidden(hash)) return undefined;
    const known = this.#unstored.blocks.get(hash) ?? this.#blocks.get(hash);
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
    const known = this.#unstored.blocks.get(hash) ?? this.#blocks.get(hash);
    return known?.header ?? this.#unstored.headers.get(hash) ?? this.#read("headers", hash);
  }

  isBodyHidden(hash: Hash): boolean {
    return this.#hidden.has(hash) && this.#hidden.get(hash) !== "execution";
  }

  /** @throws STORE_CORRUPT */
  storedBlock(hash: Hash): Block {
    const block = this.block(hash);
    if (block === undefined) throw storageErrors.STORE_CORRUPT({ missing: "block", block: hash });
    return block;
  }

  /** @throws STORE_CORRUPT */
  storedHeader(hash: Hash): Header {
    const header = this.header(hash);
    if (header === undefined) throw storageErrors.STORE_CORRUPT({ missing: "header", block: hash });
    return header;
  }

  carriersOf(transaction: Hash): readonly Hash[] {
    const carriers = this.#read("transactionCarriers", transaction) ?? [];
    return this.#hidden.size === 0 ? carriers : carriers.filter((hash) => !this.isBodyHidden(hash));
  }

  /** A chain block merges itself. */
  mergedBy(hash: Hash): Hash | undefined {
    return this.isBodyHidden(hash) ? undefined : this.#tables.mergedBy.get(hash);
  }

  /** Callers that walk to genesis end with number -1. */
  hashByNumber(number: number): Hash | undefined {
    if (number < 0) return undefined;
    const hash = this.#tables.chainIndex.get(number);
    return hash === undefined || this.isBodyHidden(hash) ? undefined : hash;
  }

  isDisqualified(hash: Hash): boolean {
    return this.#unstored.disqualified.has(hash) || this.#tables.disqualified.has(hash);
  }

  chainBlock(hash: Hash): ChainBlock | undefined {
    if (this.#hidden.has(hash)) return undefined;
    const known = this.#unstored.chainBlocks.get(hash) ?? this.#chainBlocks.get(hash);
    if (known !== undefined) return known;
    const header = this.header(hash);
    const record = header === undefined ? undefined : this.#readExecution(hash);
    if (header === undefined || record === undefined) return undefined;
    const block = this.#fromRecord(hash, header, record);
    this.#chainBlocks.set(hash, block);
    return block;
  }

  isAtHand(hash: Hash): boolean {
    return this.#unstored.chainBlocks.has(hash) || this.#chainBlocks.has(hash);
  }

  /** Cheap subset of `chainBlock`: reads no body. */
  chainHeader(hash: Hash): ChainHeader | undefined {
    if (this.#hidden.has(hash) || this.isAtHand(hash)) return this.chainBlock(hash);
    const header = this.header(hash);
    const head = decoded("executions", hash, () =>
      this.#tables.executions.getPart(hash, decodeExecutionHead),
    );
    return header === undefined || head === undefined ? undefined : { hash, header, ...head };
  }

  storedChainHeader(hash: Hash): ChainHeader | undefined {
    return this.#unstored.chainBlocks.has(hash) ? undefined : this.chainHeader(hash);
  }

  /** @throws STORE_CORRUPT */
  executedBlock(hash: Hash): ChainBlock {
    const block = this.chainBlock(hash);
    if (block === undefined) throw storageErrors.STORE_CORRUPT({ missing: "execution", block: hash });
    return block;
  }

  indexIn(block: ChainBlock, transaction: Hash): number | undefined {
    let indexes = this.#indexes.get(block);
    if (indexes === undefined) {
      indexes = new Map(block.transactions.map(({ transaction: { hash } }, index) => [hash, index]));
      this.#indexes.set(block, indexes);
    }
    return indexes.get(transaction);
  }

  isUnstored(hash: Hash): boolean {
    return this.#unstored.blocks.has(hash) || this.#unstored.headers.has(hash);
  }

  get unstoredCount(): number {
    return this.#unstored.blocks.size + this.#unstored.headers.size;
  }

  storedChainBlock(hash: Hash): ChainBlock | undefined {
    return this.#unstored.chainBlocks.has(hash) ? undefined : this.chainBlock(hash);
  }

  add(batch: ChainBatch, block: Block): void {
    this.#unstored.blocks.set(block.hash, block);
    batch.onRollback(() => this.#unstored.blocks.delete(block.hash));
  }

  addHeader(batch: ChainBatch, hash: Hash, header: Header): void {
    this.#unstored.headers.set(hash, header);
    batch.onRollback(() => this.#unstored.headers.delete(hash));
  }

  /** Adds the block of an imported state, whose accepted transactions are unknown. */
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
    { timestamp, gasLimit, accepted, skipped }: ExecutedRuns,
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
    });
  }

  disqualify(batch: ChainBatch, hash: Hash): void {
    this.#unstored.disqualified.add(hash);
    batch.onRollback(() => this.#unstored.disqualified.delete(hash));
  }

  /** The slowest part of `changes`, in steps. */
  *encodeExecutions(): Steps<void> {
    const { chainBlocks, executions } = this.#unstored;
    for (const [hash, block] of chainBlocks) {
      executions.set(hash, yield* encodeExecutionInSteps(this.#recordOf(block)));
    }
  }

  /** Stores additions and moves the selected chain. */
  changes(removed: readonly ChainBlock[], added: readonly ChainBlock[]): BatchPart {
    const { blocks, headers, chainBlocks, disqualified } = this.#unstored;
    const writes = [
      ...[...blocks.values()].flatMap((block) => this.#writesOfBlock(block)),
      ...this.#writesOfCarriers([...blocks.values()]),
      ...[...headers].map(([hash, header]) => this.#tables.headers.put(hash, header)),
      ...[...chainBlocks.values()].map((block) => this.#writeOfExecution(block)),
      ...[...disqualified].map((hash) => this.#tables.disqualified.put(hash, new Uint8Array(0))),
      ...removed.flatMap((block) => this.#writesOfRemoved(block)),
      ...added.flatMap((block) => this.#writesOfAdded(block)),
    ];
    return { writes, apply: () => this.#settle() };
  }

  /** Takes effect at once, before the deletion. */
  hide(pruned: readonly Pruned[]): void {
    for (const { hash, part } of pruned) {
      this.#hidden.set(hash, part);
      this.#blocks.delete(hash);
      this.#chainBlocks.delete(hash);
    }
  }

  /** Must come before `changes` in a batch. */
  deletes(pruned: readonly Pruned[]): WriteOperation[] {
    this.#deleted = new Set(pruned.map(({ hash }) => hash));
    const bodies = pruned.filter(({ part }) => part !== "execution").map(({ hash }) => hash);
    return [
      ...pruned.map(({ hash }) => this.#tables.executions.delete(hash)),
      ...bodies.flatMap((hash) => this.#deletesOfBody(hash)),
      ...this.#deletesOfCarriers(bodies),
      ...pruned.flatMap(({ hash, part }) =>
        part === "block" ? [this.#tables.headers.delete(hash), this.#tables.disqualified.delete(hash)] : [],
      ),
    ];
  }

  #settle(): void {
    for (const hash of this.#deleted) {
      this.#hidden.delete(hash);
      this.#blocks.delete(hash);
      this.#chainBlocks.delete(hash);
    }
    this.#deleted = new Set();
    const { blocks, chainBlocks } = this.#unstored;
    for (const [hash, block] of blocks) this.#blocks.set(hash, block);
    for (const [hash, block] of chainBlocks) this.#chainBlocks.set(hash, block);
    for (const added of Object.values(this.#unstored)) added.clear();
  }

  #deletesOfBody(hash: Hash): WriteOperation[] {
    const { bodies, mergedBy, chainIndex } = this.#tables;
    const { number } = this.#read("headers", hash) ?? {};
    const isIndexed = number !== undefined && chainIndex.get(number) === hash;
    return [bodies.delete(hash), mergedBy.delete(hash), ...(isIndexed ? [chainIndex.delete(number)] : [])];
  }

  #deletesOfCarriers(blocks: readonly Hash[]): WriteOperation[] {
    const { transactionCarriers } = this.#tables;
    const gone = new Set(blocks);
    const transactions = new Set(
      blocks.flatMap((hash) => this.#read("bodies", hash)?.transactions.map((carried) => carried.hash) ?? []),
    );
    return [...transactions].map((transaction) => {
      const left = (this.#read("transactionCarriers", transaction) ?? []).filter((hash) => !gone.has(hash));
      return left.length === 0
        ? transactionCarriers.delete(transaction)
        : transactionCarriers.put(transaction, left);
    });
  }

  #writesOfAdded({ hash, header, carriers }: ChainBlock): WriteOperation[] {
    const { chainIndex, mergedBy } = this.#tables;
    return [chainIndex.put(header.number, hash), ...carriers.map((carrier) => mergedBy.put(carrier, hash))];
  }

  /** Must come before `#writesOfAdded`. */
  #writesOfRemoved({ header, carriers }: ChainBlock): WriteOperation[] {
    const { chainIndex, mergedBy } = this.#tables;
    return [chainIndex.delete(header.number), ...carriers.map((carrier) => mergedBy.delete(carrier))];
  }

  #readExecution(hash: Hash): ExecutionRecord | undefined {
    const guard: Guard = (read) => decoded("executions", hash, read);
    return guard(() => this.#tables.executions.getPart(hash, (bytes) => decodeExecutionRecord(bytes, guard)));
  }

  #read<Name extends "headers" | "bodies" | "transactionCarriers">(
    name: Name,
    hash: Hash,
  ): ReturnType<ChainTables[Name]["get"]> {
    const table: Pick<ChainTables[Name], "get"> = this.#tables[name];
    return decoded(name, hash, () => table.get(hash) as ReturnType<ChainTables[Name]["get"]>);
  }

  #addChainBlock(
    batch: ChainBatch,
    { hash, header }: Pick<Block, "hash" | "header">,
    executed: Executed,
  ): ChainBlock {
    const chainBlock = chainBlockOf(hash, header, executed);
    this.#unstored.chainBlocks.set(hash, chainBlock);
    batch.onRollback(() => this.#unstored.chainBlocks.delete(hash));
    return chainBlock;
  }

  #writesOfBlock({ hash, header, body }: Block): WriteOperation[] {
    const { headers, bodies } = this.#tables;
    return [headers.put(hash, header), bodies.put(hash, body)];
  }

  /** Several blocks may carry the same transaction. */
  #writesOfCarriers(blocks: readonly Block[]): WriteOperation[] {
    const carriers = new Map<Hash, Hash[]>();
    const stored = (transaction: Hash): readonly Hash[] =>
      (this.#read("transactionCarriers", transaction) ?? []).filter((hash) => !this.#deleted.has(hash));
    for (const { hash, body } of blocks) {
      for (const transaction of body.transactions) {
        const known = carriers.get(transaction.hash);
        if (known === undefined) carriers.set(transaction.hash, [...stored(transaction.hash), hash]);
        else known.push(hash);
      }
    }
    return [...carriers].map(([transaction, hashes]) =>
      this.#tables.transactionCarriers.put(transaction, hashes),
    );
  }

  #writeOfExecution(block: ChainBlock): WriteOperation {
    const { executions } = this.#tables;
    const encoded = this.#unstored.executions.get(block.hash);
    return encoded === undefined
      ? executions.put(block.hash, this.#recordOf(block))
      : executions.putEncoded(block.hash, encoded);
  }

  #recordOf(block: ChainBlock): ExecutionRecord {
    return executionRecordOf(block, (carrier) => this.storedBlock(carrier).body);
  }

  #fromRecord(
    hash: Hash,
    header: Header,
    { timestamp, gasLimit, carriers, accepted, skipped }: ExecutionRecord,
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
    return chainBlockOf(hash, header, {
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
    });
  }
}

function decoded<T>(table: string, key: Hash, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw storageErrors.STORE_CORRUPT({ table, key }, cause);
  }
}
