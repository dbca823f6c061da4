import { LruMap } from "@trellis/base";
import {
  type AcceptedTransaction,
  type Block,
  type ChainBlock,
  encodeHeader,
  type Hash,
  type Header,
  type SkippedTransaction,
} from "@trellis/protocol";
import type { WriteOperation } from "@trellis/storage";
import { prevRandaoOf } from "../execution/blockContext.ts";
import type { ExecutionResult } from "../execution/executeBlock.ts";
import type { ExecutionRecord } from "../execution/executionRecord.ts";
import type { ChainTables } from "./tables.ts";

/** Bytes of encoded blocks that stay decoded in memory; the same for executed ones. */
const CACHE_BYTES_MAX = 64 << 20;
/** What a block without transactions takes in memory, roughly. Bytes */
const BLOCK_BYTES = 1_000;

/** Blocks, what executing them gave, and where the selected chain put them: read through caches, written in batches. */
export class BlockStore {
  readonly #tables: ChainTables;
  readonly #blocks = new LruMap<Hash, Block>(CACHE_BYTES_MAX, sizeOfBlock);
  readonly #disqualified = new Set<Hash>();
  readonly #chainBlocks = new LruMap<Hash, ChainBlock>(CACHE_BYTES_MAX, ({ size }) => size + BLOCK_BYTES);

  constructor(tables: ChainTables) {
    this.#tables = tables;
  }

  block(hash: Hash): Block | undefined {
    const cached = this.#blocks.get(hash);
    if (cached !== undefined) return cached;
    const header = this.#tables.headers.get(hash);
    const body = this.#tables.bodies.get(hash);
    if (header === undefined || body === undefined) return undefined;
    const block = { hash, header, body };
    this.#blocks.set(hash, block);
    return block;
  }

  header(hash: Hash): Header | undefined {
    return this.#blocks.get(hash)?.header ?? this.#tables.headers.get(hash);
  }

  /** The blocks that carried a transaction. */
  carriersOf(transaction: Hash): readonly Hash[] {
    return this.#tables.transactionCarriers.get(transaction) ?? [];
  }

  /** The block of the selected chain that merged a block, itself for chain blocks. */
  mergedBy(hash: Hash): Hash | undefined {
    return this.#tables.mergedBy.get(hash);
  }

  hashByNumber(number: number): Hash | undefined {
    return this.#tables.chainIndex.get(number);
  }

  isDisqualified(hash: Hash): boolean {
    return this.#disqualified.has(hash) || this.#tables.disqualified.has(hash);
  }

  /** Takes a block out of the running for the selected chain; `writesOf…` of the import stores it. */
  disqualify(hash: Hash): void {
    this.#disqualified.add(hash);
  }

  /** What executing a block gave, if it was ever executed. */
  chainBlock(hash: Hash): ChainBlock | undefined {
    const cached = this.#chainBlocks.get(hash);
    if (cached !== undefined) return cached;
    const header = this.header(hash);
    const record = header === undefined ? undefined : this.#tables.executions.get(hash);
    if (header === undefined || record === undefined) return undefined;
    const block = this.#fromRecord(hash, header, record);
    this.#chainBlocks.set(hash, block);
    return block;
  }

  rememberGenesis({ hash, header }: Block, gasLimit: bigint): ChainBlock {
    const chainBlock = chainBlockOf(hash, header, {
      timestamp: Math.floor(header.timestampMs / 1000),
      gasLimit,
      carriers: [hash],
      transactions: [],
      skipped: [],
    });
    this.#chainBlocks.set(hash, chainBlock);
    return chainBlock;
  }

  /** Builds a chain block from its execution and keeps it at hand. */
  remember(
    block: Block,
    carriers: readonly Hash[],
    { timestamp, gasLimit, accepted, skipped }: ExecutionResult,
  ): ChainBlock {
    const chainBlock = chainBlockOf(block.hash, block.header, {
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
    this.#chainBlocks.set(block.hash, chainBlock);
    return chainBlock;
  }

  writesOfBlock(block: Block): WriteOperation[] {
    const { headers, bodies, transactionCarriers } = this.#tables;
    this.#blocks.set(block.hash, block);
    return [
      headers.put(block.hash, block.header),
      bodies.put(block.hash, block.body),
      ...block.body.transactions.map(({ hash }) =>
        transactionCarriers.put(hash, [...this.carriersOf(hash), block.hash]),
      ),
    ];
  }

  writesOfExecution(block: ChainBlock): WriteOperation[] {
    const placeOf = this.#placesIn(block.carriers);
    const record: ExecutionRecord = {
      timestamp: block.timestamp,
      gasLimit: block.gasLimit,
      carriers: block.carriers,
      accepted: block.transactions.map(({ transaction, carrier, sender, receipt }) => ({
        ...placeOf(carrier, transaction.hash),
        sender,
        receipt,
      })),
      skipped: block.skipped.map(({ transactionHash, carrier, reason }) => ({
        ...placeOf(carrier, transactionHash),
        reason,
      })),
    };
    return [this.#tables.executions.put(block.hash, record)];
  }

  /** The selected chain takes a block up. */
  writesOfAdded({ hash, header, carriers }: ChainBlock): WriteOperation[] {
    const { chainIndex, mergedBy } = this.#tables;
    return [chainIndex.put(header.number, hash), ...carriers.map((carrier) => mergedBy.put(carrier, hash))];
  }

  /** The selected chain lets go of a block. Comes before what is added in its place. */
  writesOfRemoved({ header, carriers }: ChainBlock): WriteOperation[] {
    const { chainIndex, mergedBy } = this.#tables;
    return [chainIndex.delete(header.number), ...carriers.map((carrier) => mergedBy.delete(carrier))];
  }

  #fromRecord(
    hash: Hash,
    header: Header,
    { timestamp, gasLimit, carriers, accepted, skipped }: ExecutionRecord,
  ): ChainBlock {
    const bodies = carriers.map((carrier) => this.block(carrier)!.body.transactions);
    const transactions = accepted.map(
      ({ carrierIndex, bodyIndex, sender, receipt }): AcceptedTransaction => ({
        transaction: bodies[carrierIndex]![bodyIndex]!,
        sender,
        receipt,
        carrier: carriers[carrierIndex]!,
      }),
    );
    const leftOut = skipped.map(
      ({ carrierIndex, bodyIndex, reason }): SkippedTransaction => ({
        transactionHash: bodies[carrierIndex]![bodyIndex]!.hash,
        carrier: carriers[carrierIndex]!,
        reason,
      }),
    );
    return chainBlockOf(hash, header, {
      timestamp,
      gasLimit,
      carriers,
      transactions,
      skipped: leftOut,
    });
  }

  #placesIn(carriers: readonly Hash[]) {
    const places = carriers.map(
      (carrier) => new Map(this.block(carrier)!.body.transactions.map(({ hash }, index) => [hash, index])),
    );
    const indexes = new Map(carriers.map((carrier, index) => [carrier, index]));
    return (carrier: Hash, transaction: Hash) => {
      const carrierIndex = indexes.get(carrier)!;
      return { carrierIndex, bodyIndex: places[carrierIndex]!.get(transaction)! };
    };
  }
}

function chainBlockOf(
  hash: Hash,
  header: Header,
  executed: Pick<ChainBlock, "timestamp" | "gasLimit" | "carriers" | "transactions" | "skipped">,
): ChainBlock {
  const { transactions } = executed;
  return {
    hash,
    header,
    prevRandao: prevRandaoOf(header),
    size: transactions.reduce(
      (sum, { transaction }) => sum + transaction.encoded.length,
      encodeHeader(header).length,
    ),
    ...executed,
  };
}

function sizeOfBlock({ body }: Block): number {
  return body.transactions.reduce((sum, { encoded }) => sum + encoded.length, BLOCK_BYTES);
}
