import { bytesToHex, hexToBytes } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import {
  type AcceptedTransaction,
  type Account,
  type AccountProof,
  type Address,
  type Block,
  type BlockContext,
  blockEntries,
  type ChainBlock,
  type ChainEvent,
  type ChainHeader,
  type ChainView,
  createGenesis,
  type DagBlock,
  type DagHeader,
  DEFAULT_FORK,
  DELIVERY_TYPE,
  type Delivery,
  deliveryHash,
  devParameters,
  EMPTY_BODY,
  EMPTY_TRIE_ROOT,
  type Evidence,
  type Hash,
  type Header,
  headerHash,
  type LogEntry,
  logsBloom,
  type Message,
  mergeBlooms,
  type NetworkParameters,
  parametersOfShard,
  type SignedBy,
  type SkippedTransaction,
  type StateReader,
  type StoredSlot,
  type TransactionStatus,
  withShards,
  ZERO_HASH,
} from "@trellis/protocol";
import { FakeSimulation } from "./FakeSimulation.ts";

export interface FakeTransaction {
  readonly signed: SignedBy;
  readonly logs?: readonly LogEntry[];
  readonly gasUsed?: bigint;
  readonly status?: 0 | 1;
  readonly contractAddress?: Address;
}

export interface FakeDelivery extends Pick<FakeTransaction, "logs" | "gasUsed" | "status"> {
  readonly message: Message;
}

export interface FakeBlock {
  readonly deliveries?: readonly FakeDelivery[];
  readonly transactions?: readonly FakeTransaction[];
  readonly skipped?: readonly SkippedTransaction[];
  readonly baseFee?: bigint;
  readonly evidence?: readonly Evidence[];
}

export class FakeChainView implements ChainView {
  readonly parameters: NetworkParameters;
  readonly genesisHash: Hash;
  readonly simulation = new FakeSimulation();
  readonly accounts = new Map<Address, Account>();
  readonly slots = new Map<string, bigint>();
  readonly codes = new Map<Hash, Uint8Array>();
  oldest = 0;
  stateFrom = { reads: 0, proofs: 0 };
  finalizedNumber = 0;
  baseFeeNext = 875_000_000n;
  gasLimitNext: bigint;
  #selected: ChainBlock[];
  readonly #blocks = new Map<Hash, ChainBlock>();
  readonly #evidence = new Map<Hash, readonly Evidence[]>();
  readonly #listeners = new Set<(event: ChainEvent) => void>();
  #made = 0;

  /** @param shard of a network with that many shards */
  constructor({ shard, count }: { readonly shard: number; readonly count: number } = { shard: 0, count: 1 }) {
    const network = withShards(devParameters({ accounts: [] }), count);
    this.parameters = parametersOfShard(network, shard);
    this.gasLimitNext = this.parameters.gasLimit;
    const genesis = createGenesis(this.parameters, EMPTY_TRIE_ROOT, shard);
    const block = this.#executed(genesis.header, {});
    this.genesisHash = block.hash;
    this.#selected = [block];
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  add(content: FakeBlock = {}): ChainBlock {
    const block = this.#on(this.head(), content);
    this.#selected.push(block);
    this.#emit({ kind: "block", hash: block.hash, header: block.header });
    this.#emit({ kind: "added", block });
    return block;
  }

  reorganise(removedCount: number, contents: readonly FakeBlock[]): ChainBlock[] {
    const removed = this.#selected.splice(this.#selected.length - removedCount).reverse();
    const added: ChainBlock[] = [];
    for (const content of contents) {
      const block = this.#on(this.#selected.at(-1)!, content);
      this.#selected.push(block);
      added.push(block);
    }
    for (const block of removed) this.#emit({ kind: "removed", block });
    for (const block of added) this.#emit({ kind: "added", block });
    return added;
  }

  finalize(number: number): void {
    this.finalizedNumber = number;
    this.#emit({ kind: "finalized", hash: this.#selected[number]!.hash, number });
  }

  head(): ChainBlock {
    return this.#selected.at(-1)!;
  }

  safe(): ChainBlock {
    return this.#selected[Math.max(this.finalizedNumber, this.#selected.length - 11)]!;
  }

  finalized(): ChainBlock {
    return this.#selected[this.finalizedNumber]!;
  }

  oldestNumber(): number {
    return this.oldest;
  }

  oldestState(): { reads: number; proofs: number } {
    return this.stateFrom;
  }

  hashByNumber(number: number): Hash | undefined {
    return number < this.oldest ? undefined : this.#selected[number]?.hash;
  }

  blockByNumber(number: number): ChainBlock | undefined {
    return number < this.oldest ? undefined : this.#selected[number];
  }

  blockByHash(hash: Hash): ChainBlock | undefined {
    return this.#blocks.get(hash);
  }

  removedBlock(): ChainBlock | undefined {
    return undefined;
  }

  chainHeader(hash: Hash): ChainHeader | undefined {
    return this.#blocks.get(hash);
  }

  header(hash: Hash): Header | undefined {
    return this.#blocks.get(hash)?.header;
  }

  isOnSelectedChain(hash: Hash): boolean {
    const block = this.#blocks.get(hash);
    return block !== undefined && this.#selected[block.header.number] === block;
  }

  isAtHand(): boolean {
    return true;
  }

  executorsOf(transaction: Hash): readonly Hash[] {
    const place = this.locate(transaction);
    return place === undefined ? [] : [place.block.hash];
  }

  locate(transaction: Hash): { readonly block: ChainBlock; readonly index: number } | undefined {
    for (const block of this.#selected) {
      const index = blockEntries(block).findIndex(({ receipt }) => receipt.transactionHash === transaction);
      if (index >= 0) return { block, index };
    }
    return undefined;
  }

  transactionStatus(transaction: Hash): TransactionStatus {
    const place = this.locate(transaction);
    if (place === undefined) return { kind: "unknown" };
    const { block, index } = place;
    return {
      kind: block.header.number <= this.finalizedNumber ? "finalized" : "accepted",
      carriers: [block.hash],
      block: block.hash,
      blockNumber: block.header.number,
      index,
      confirmations: this.head().header.number - block.header.number,
    };
  }

  nextBaseFee(): bigint {
    return this.baseFeeNext;
  }

  nextGasLimit(): bigint {
    return this.gasLimitNext;
  }

  stateAt(): StateReader {
    return {
      account: (address) => this.accounts.get(address),
      storage: (address, slot) => this.slots.get(`${address}:${slot}`) ?? 0n,
      code: (codeHash) => this.codes.get(codeHash) ?? new Uint8Array(0),
    };
  }

  slotsAt(_: Hash, address: Address, from: Hash, countMax: number): readonly StoredSlot[] {
    return [...this.slots]
      .filter(([key]) => key.startsWith(address))
      .map(([key, value]) => ({ slot: key.slice(address.length + 1) as Hash, value }))
      .map(({ slot, value }) => ({ hash: keccak256Hex(hexToBytes(slot)), slot, value }))
      .filter(({ hash }) => hash >= from)
      .sort((a, b) => (a.hash < b.hash ? -1 : 1))
      .slice(0, countMax);
  }

  proofAt(_: Hash, address: Address): AccountProof {
    return {
      account: this.accounts.get(address),
      storageRoot: EMPTY_TRIE_ROOT,
      accountProof: [Uint8Array.of(0xc0)],
      proveSlot: () => ({ value: 7n, proof: [Uint8Array.of(0xc0)] }),
    };
  }

  tips(): readonly Hash[] {
    return [this.head().hash];
  }

  dagBlock(hash: Hash): DagBlock | undefined {
    const block = this.#blocks.get(hash);
    if (block === undefined) return undefined;
    const isChainBlock = this.isOnSelectedChain(hash);
    return {
      hash,
      header: block.header,
      children: [],
      blues: [],
      reds: [],
      isChainBlock,
      color: isChainBlock ? "blue" : undefined,
      mergedBy: isChainBlock ? hash : undefined,
      transactionHashes: block.transactions.map(({ transaction }) => transaction.hash),
      isDisqualified: false,
    };
  }

  block(hash: Hash): Block | undefined {
    const block = this.#blocks.get(hash);
    if (block === undefined) return undefined;
    const transactions = block.transactions.map(({ transaction }) => transaction);
    const evidence = this.#evidence.get(hash) ?? [];
    return { hash, header: block.header, body: { ...EMPTY_BODY, transactions, evidence } };
  }

  dagRange(fromBlueScore: number, toBlueScore: number, countMax: number): readonly DagHeader[] {
    return [...this.#blocks.values()]
      .filter(({ header }) => header.blueScore >= fromBlueScore && header.blueScore <= toBlueScore)
      .sort((a, b) => a.header.blueScore - b.header.blueScore)
      .slice(0, countMax)
      .map(({ hash, header }) => ({ hash, header }));
  }

  streams() {
    return this.parameters.streams.map(({ name, algorithm, targetIntervalMs, subsidyWei, genesisBits }) => ({
      name,
      algorithm,
      targetIntervalMs,
      subsidyWei,
      bits: genesisBits,
      difficulty: 1n,
      recentBlocks: this.#blocks.size,
      windowBlocks: 1_000,
    }));
  }

  counts() {
    return { blocks: this.#blocks.size, orphans: 0 };
  }

  subscribe(listener: (event: ChainEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  blockContext(at: Hash): BlockContext {
    const { header, gasLimit, timestamp } = this.#blocks.get(at)!;
    return {
      chainId: this.parameters.chainId,
      number: BigInt(header.number),
      timestamp: BigInt(timestamp),
      gasLimit,
      baseFee: header.baseFee,
      prevRandao: ZERO_HASH,
      fork: DEFAULT_FORK,
      blockHash: () => ZERO_HASH,
    };
  }

  #emit(event: ChainEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  #on(parent: ChainBlock, content: FakeBlock): ChainBlock {
    const { header } = parent;
    const entries = [...(content.deliveries ?? []), ...(content.transactions ?? [])];
    const gasUsed = entries.reduce((sum, { gasUsed = 21_000n }) => sum + gasUsed, 0n);
    const next: Header = {
      ...header,
      parents: [parent.hash],
      number: header.number + 1,
      blueScore: header.blueScore + 1,
      daaScore: header.daaScore + 1,
      timestampMs: header.timestampMs + 1_000,
      baseFee: content.baseFee ?? header.baseFee,
      gasUsed,
      miner: `0x${"aa".repeat(20)}`,
      logsBloom: mergeBlooms(entries.map(({ logs = [] }) => logsBloom(logs))),
      extra: Uint8Array.of(this.#made & 255, (this.#made++ >> 8) & 255),
    };
    return this.#executed(next, content);
  }

  #executed(
    header: Header,
    { deliveries = [], transactions = [], skipped = [], evidence = [] }: FakeBlock,
  ): ChainBlock {
    const hash = headerHash(header);
    this.#evidence.set(hash, evidence);
    let cumulativeGasUsed = 0n;
    const delivered = deliveries.map(({ message, logs = [], gasUsed = 21_000n, status = 1 }): Delivery => {
      cumulativeGasUsed += gasUsed;
      return {
        message,
        receipt: {
          ...{ type: DELIVERY_TYPE, status, cumulativeGasUsed, logs, gasUsed },
          logsBloom: logsBloom(logs),
          transactionHash: deliveryHash(message),
          contractAddress: null,
          effectiveGasPrice: 0n,
        },
      };
    });
    const accepted = transactions.map(
      ({ signed, logs = [], gasUsed = 21_000n, status = 1, contractAddress = null }): AcceptedTransaction => {
        cumulativeGasUsed += gasUsed;
        const { transaction } = signed;
        const { maxFeePerGas, maxPriorityFeePerGas } = transaction;
        const offered = header.baseFee + maxPriorityFeePerGas;
        const isCapped = offered > maxFeePerGas;
        return {
          ...signed,
          carrier: hash,
          receipt: {
            type: transaction.type,
            status,
            cumulativeGasUsed,
            logsBloom: logsBloom(logs),
            logs,
            transactionHash: transaction.hash,
            gasUsed,
            contractAddress,
            effectiveGasPrice: isCapped ? maxFeePerGas : offered,
          },
        };
      },
    );
    const block: ChainBlock = {
      hash,
      header,
      timestamp: Math.floor(header.timestampMs / 1000),
      gasLimit: this.parameters.gasLimit,
      prevRandao: keccak256Hex(header.extra),
      size: 1_000,
      carriers: [hash],
      transactions: accepted,
      skipped,
      ...(delivered.length > 0 && { deliveries: delivered }),
    };
    this.#blocks.set(hash, block);
    return block;
  }
}

export function testLog(address: Address, ...topics: number[]): LogEntry {
  return { address, topics: topics.map(testTopic), data: Uint8Array.of(topics.length) };
}

export function testTopic(number: number): Hash {
  return bytesToHex(new Uint8Array(32).fill(number));
}
