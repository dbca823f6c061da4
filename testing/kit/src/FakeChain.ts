import { createHash } from "node:crypto";
import type { Hex } from "@trellis/base";
import { type ChainBlock, type ChainClient, type ChainLog, clientErrors } from "@trellis/client";
import {
  keccak256,
  parseTransaction,
  recoverTransactionAddress,
  type TransactionSerializedEIP1559,
} from "viem";

export interface FakeTransaction {
  readonly hash: Hex;
  readonly from: Hex;
  readonly to: Hex;
  readonly data: Hex;
  readonly nonce: number;
  readonly maxFeeWei: bigint;
  readonly maxTipWei: bigint;
}

export interface FakeContracts {
  isReverted(history: readonly FakeTransaction[], transaction: FakeTransaction): boolean;
  call(
    history: readonly FakeTransaction[],
    to: Hex,
    data: Hex,
    blockOf: (hash: Hex) => ChainBlock,
  ): Hex | undefined;
  code(address: Hex): Hex;
  logs(transaction: FakeTransaction): readonly Pick<ChainLog, "address" | "topics" | "data">[];
}

interface Mined {
  readonly transaction: FakeTransaction;
  readonly isReverted: boolean;
}

interface FakeBlock extends ChainBlock {
  readonly mined: readonly Mined[];
}

const NO_CONTRACTS: FakeContracts = {
  isReverted: () => false,
  call: () => "0x",
  code: () => "0x",
  logs: () => [],
};
const GAS = 21_000n;

export class FakeChain {
  readonly chainId: number;
  readonly #contracts: FakeContracts;
  readonly #blocks: FakeBlock[] = [];
  #pool: FakeTransaction[] = [];
  #forks = 0;
  finalHeight = 0;
  baseFeeWei = 10n;
  readonly sent: FakeTransaction[] = [];

  constructor(chainId = 7331, contracts = NO_CONTRACTS) {
    this.chainId = chainId;
    this.#contracts = contracts;
    this.mine();
  }

  get head(): ChainBlock {
    return this.#blocks.at(-1)!;
  }

  get waiting(): readonly FakeTransaction[] {
    return this.#pool;
  }

  /** Includes the pending transactions that pay the base fee. */
  mine(options: { readonly isEmpty?: boolean } = {}): void {
    const mined: Mined[] = [];
    const height = this.#blocks.length;
    while (options.isEmpty !== true) {
      const next = this.#pool.find(
        ({ from, nonce, maxFeeWei }) => nonce === this.#nonce(from, mined) && maxFeeWei >= this.baseFeeWei,
      );
      if (next === undefined) break;
      this.#pool = this.#pool.filter((waiting) => waiting !== next);
      const history = succeeded([...this.#blocks.flatMap((block) => block.mined), ...mined]);
      mined.push({ transaction: next, isReverted: this.#contracts.isReverted(history, next) });
    }
    const parentHash = this.#blocks.at(-1)?.hash ?? hashOf("nothing");
    const hash = hashOf(
      `${parentHash} ${this.#forks} ${mined.map(({ transaction }) => transaction.hash).join()}`,
    );
    this.#blocks.push({
      height,
      hash,
      parentHash,
      timeSeconds: 1_000 + height,
      baseFeeWei: this.baseFeeWei,
      mined,
    });
    this.#pool = this.#pool.filter(({ from, nonce }) => nonce >= this.#nonce(from));
  }

  /** The new branch is longer and empty. Removed transactions return to the pool unless `forgets`. */
  reorganise(depth: number, options: { readonly forgets?: boolean } = {}): void {
    const lost = this.#blocks.splice(this.#blocks.length - depth);
    this.#forks += 1;
    if (options.forgets !== true)
      this.#pool.unshift(...lost.flatMap(({ mined }) => mined.map(({ transaction }) => transaction)));
    for (let block = 0; block <= depth; block += 1) this.mine({ isEmpty: true });
  }

  forget(): void {
    this.#pool = [];
  }

  add(transaction: FakeTransaction): void {
    this.#pool.push(transaction);
  }

  client(name = "fake"): ChainClient {
    const contracts = this.#contracts;
    const historyAt = (hash: Hex) => this.#historyAt(name, hash);
    return {
      name,
      chainId: async () => this.chainId,
      blockHash: async (height) => this.#blocks[height]?.hash,
      block: async (tag) => this.#header(tag),
      balance: async () => 0n,
      call: async (to, data, hash) =>
        contracts.call(historyAt(hash), to, data, (transaction) => this.#blockOf(transaction)!),
      code: async (address, hash) => historyAt(hash) && contracts.code(address),
      nextNonce: async (address, tag) => this.#nextNonce(address, tag),
      receipt: async (transactionHash) => this.#receipt(transactionHash),
      hasTransaction: async (hash) =>
        this.#blockOf(hash) !== undefined || this.#pool.some((waiting) => waiting.hash === hash),
      logs: async (filter) => this.#logs(filter),
      estimateGas: async ({ from, to, data }) => {
        const transaction = { hash: "0x", from, to, data, nonce: 0, maxFeeWei: 0n, maxTipWei: 0n } as const;
        if (contracts.isReverted(historyAt(this.head.hash), transaction))
          throw clientErrors.TRANSACTION_WOULD_REVERT({});
        return GAS;
      },
      suggestedTipWei: async () => 2n,
      send: (raw) => this.#send(name, raw),
    };
  }

  #blockOf(transactionHash: Hex): FakeBlock | undefined {
    return this.#blocks.find(({ mined }) =>
      mined.some(({ transaction }) => transaction.hash === transactionHash),
    );
  }

  #header(tag: Parameters<ChainClient["block"]>[0]): ChainBlock | undefined {
    const named = tag === "latest" ? this.#blocks.length - 1 : this.finalHeight;
    const block = this.#blocks[typeof tag === "number" ? tag : named];
    if (block === undefined) return undefined;
    const { mined: _, ...header } = block;
    return header;
  }

  #nextNonce(address: Hex, tag: Parameters<ChainClient["nextNonce"]>[1]): number {
    if (typeof tag === "number")
      return succeededOrNot(this.#blocks.slice(0, tag + 1)).filter(({ from }) => from === address).length;
    let nonce = this.#nonce(address);
    const isWaiting = () => this.#pool.some((waiting) => waiting.from === address && waiting.nonce === nonce);
    while (tag === "pending" && isWaiting()) nonce += 1;
    return nonce;
  }

  #receipt(transactionHash: Hex): Awaited<ReturnType<ChainClient["receipt"]>> {
    const block = this.#blockOf(transactionHash);
    const mined = block?.mined.find(({ transaction }) => transaction.hash === transactionHash);
    if (block === undefined || mined === undefined) return undefined;
    const { height, hash } = block;
    const { isReverted } = mined;
    return { transactionHash, block: { height, hash }, isReverted, gasUsed: GAS, contractAddress: undefined };
  }

  #logs({ address, topics, fromHeight, toHeight }: Parameters<ChainClient["logs"]>[0]): readonly ChainLog[] {
    const logsOf = ({ height, hash, mined }: FakeBlock): ChainLog[] =>
      succeeded(mined).flatMap((transaction) =>
        this.#contracts.logs(transaction).map((log) => ({
          ...log,
          block: { height, hash },
          transactionHash: transaction.hash,
          logIndex: 0,
        })),
      );
    return this.#blocks
      .slice(fromHeight, toHeight + 1)
      .flatMap(logsOf)
      .filter(
        (log) =>
          log.address === address &&
          topics.every((topic, place) => topic === null || topic === log.topics[place]),
      );
  }

  async #send(node: string, raw: Hex): Promise<void> {
    const parsed = parseTransaction(raw as TransactionSerializedEIP1559);
    const from = await recoverTransactionAddress({
      serializedTransaction: raw as TransactionSerializedEIP1559,
    });
    const transaction: FakeTransaction = {
      hash: keccak256(raw),
      from: from.toLowerCase() as Hex,
      to: parsed.to!.toLowerCase() as Hex,
      data: parsed.data ?? "0x",
      nonce: parsed.nonce ?? 0,
      maxFeeWei: parsed.maxFeePerGas ?? 0n,
      maxTipWei: parsed.maxPriorityFeePerGas ?? 0n,
    };
    this.sent.push(transaction);
    if (transaction.nonce < this.#nonce(transaction.from))
      throw clientErrors.TRANSACTION_NONCE_TAKEN({ node });
    const rival = this.#pool.find(
      ({ from, nonce }) => from === transaction.from && nonce === transaction.nonce,
    );
    if (rival?.hash === transaction.hash) return;
    if (rival !== undefined && transaction.maxFeeWei * 10n < rival.maxFeeWei * 11n)
      throw clientErrors.TRANSACTION_UNDERPRICED({ node });
    this.#pool = [...this.#pool.filter((waiting) => waiting !== rival), transaction];
  }

  #nonce(address: Hex, further: readonly Mined[] = []): number {
    const all = [...this.#blocks.flatMap(({ mined }) => mined), ...further];
    return all.filter(({ transaction }) => transaction.from === address).length;
  }

  #historyAt(node: string, hash: Hex): readonly FakeTransaction[] {
    const height = this.#blocks.findIndex((block) => block.hash === hash);
    if (height < 0) throw clientErrors.NODE_BLOCK_UNKNOWN({ node });
    return succeeded(this.#blocks.slice(0, height + 1).flatMap(({ mined }) => mined));
  }
}

function succeededOrNot(blocks: readonly FakeBlock[]): FakeTransaction[] {
  return blocks.flatMap(({ mined }) => mined.map(({ transaction }) => transaction));
}

function succeeded(mined: readonly Mined[]): FakeTransaction[] {
  return mined.filter(({ isReverted }) => !isReverted).map(({ transaction }) => transaction);
}

function hashOf(text: string): Hex {
  return `0x${createHash("sha256").update(text).digest("hex")}`;
}

export function failing(client: ChainClient, isFailing: (method: keyof ChainClient) => boolean): ChainClient {
  return new Proxy(client, {
    get(target, method: keyof ChainClient) {
      if (typeof target[method] !== "function" || !isFailing(method)) return target[method];
      return async () => {
        throw clientErrors.NODE_UNREACHABLE({ node: target.name, method });
      };
    },
  });
}
