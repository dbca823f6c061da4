import type { Hex } from "@trellis/base";
import {
  type BlockLogs,
  type ChainBlock,
  type ChainClient,
  type ChainLog,
  clientErrors,
} from "@trellis/client";
import { pairAddressV2 } from "@trellis/contracts/arbitrage";
import type { PoolAddress } from "../../pools/Pool.ts";
import { addressOf, TOKEN_0, TOKEN_1 } from "../../pools/testing/addresses.ts";
import { dataOf, hashOf, logOf } from "../../pools/testing/logs.ts";
import { GAS_PRICE_ORACLE } from "../createL1Fee.ts";

export const CODE_HASH = hashOf(99);
export const FACTORIES = [addressOf(0xfa1), addressOf(0xfa2)] as const;
export const PAIRS = FACTORIES.map((factory) => pairAddressV2(factory, CODE_HASH, TOKEN_0, TOKEN_1)) as [
  PoolAddress,
  PoolAddress,
];
export const UNIT = 10n ** 18n;

type Reserves = readonly [bigint, bigint];

interface FakeBlock extends ChainBlock {
  readonly logs: readonly ChainLog[];
  readonly reserves: ReadonlyMap<PoolAddress, Reserves>;
}

export class FakeMarket {
  #blocks: FakeBlock[] = [];
  #branch = 0;
  isEmpty = false;
  chainId = 7331;
  l1FeeWei: bigint | undefined;

  constructor() {
    this.#push([], new Map());
    const created = (factory: PoolAddress, pair: PoolAddress, index: number, block: ChainBlock) =>
      logOf(
        block,
        index,
        factory,
        "PairCreated(address,address,address,uint256)",
        [BigInt(TOKEN_0), BigInt(TOKEN_1)],
        [BigInt(pair), 1n],
      );
    const reserves = new Map(
      PAIRS.map((pair): [PoolAddress, Reserves] => [pair, [1_000n * UNIT, 1_000n * UNIT]]),
    );
    this.#push(
      (block) => FACTORIES.map((factory, index) => created(factory, PAIRS[index]!, index, block)),
      reserves,
    );
  }

  get head(): ChainBlock {
    return this.#blocks.at(-1)!;
  }

  held(pair: PoolAddress, token: Hex): bigint {
    return heldOf(this.#blocks.at(-1)!.reserves, pair, token) ?? 0n;
  }

  mine(changes: readonly (readonly [PoolAddress, Reserves])[] = []): void {
    const reserves = new Map([...this.#blocks.at(-1)!.reserves, ...changes]);
    this.#push(
      (block) =>
        changes.map(([pair, words], index) => logOf(block, index, pair, "Sync(uint112,uint112)", [], words)),
      reserves,
    );
  }

  lie(pair: PoolAddress, told: Reserves): void {
    this.#push(
      (block) => [logOf(block, 0, pair, "Sync(uint112,uint112)", [], told)],
      this.#blocks.at(-1)!.reserves,
    );
  }

  reorganise(depth: number): void {
    this.#blocks.splice(-depth);
    this.#branch += 1;
  }

  readonly blockLogs: BlockLogs = async ({ hash }) => {
    const block = this.#blocks.find((mined) => mined.hash === hash);
    if (block === undefined) throw clientErrors.NODE_BLOCK_UNKNOWN({ node: "made up" });
    return block.logs;
  };

  client(): ChainClient {
    const unused = (): never => {
      throw clientErrors.NODE_REFUSED({ node: "made up" });
    };
    return {
      name: "made up",
      chainId: async () => this.chainId,
      block: async (at) => (typeof at === "number" ? this.#blocks[at] : this.isEmpty ? undefined : this.head),
      blockHash: async (height) => this.#blocks[height]?.hash,
      balance: async () => 0n,
      call: async (to, data, blockHash) => {
        const block = this.#blocks.find(({ hash }) => hash === blockHash);
        if (block === undefined) throw clientErrors.NODE_BLOCK_UNKNOWN({ node: "made up" });
        return this.#answer(block, to as PoolAddress, data);
      },
      logs: async ({ address, fromHeight, toHeight }) =>
        this.#blocks
          .slice(fromHeight, toHeight + 1)
          .flatMap(({ logs }) => logs.filter((log) => log.address === address)),
      suggestedTipWei: async () => 1n,
      code: unused,
      nextNonce: unused,
      receipt: unused,
      hasTransaction: unused,
      estimateGas: unused,
      send: unused,
    };
  }

  #answer({ reserves }: FakeBlock, to: PoolAddress, data: Hex): Hex | undefined {
    if (to === GAS_PRICE_ORACLE) return this.l1FeeWei === undefined ? "0x" : dataOf([this.l1FeeWei]);
    const own = reserves.get(to);
    if (own !== undefined) return dataOf([...own, 0n]);
    const pair: PoolAddress = `0x${data.slice(-40)}`;
    const held = heldOf(reserves, pair, to);
    return held === undefined ? undefined : dataOf([held]);
  }

  #push(
    logsOf: readonly ChainLog[] | ((block: ChainBlock) => readonly ChainLog[]),
    reserves: FakeBlock["reserves"],
  ) {
    const height = this.#blocks.length;
    const block: ChainBlock = {
      height,
      hash: hashOf(height, this.#branch),
      parentHash: this.#blocks.at(-1)?.hash ?? hashOf(0, 999),
      timeSeconds: 1_000 + height,
      baseFeeWei: 7n,
    };
    const logs = typeof logsOf === "function" ? logsOf(block) : logsOf;
    this.#blocks.push({ ...block, logs, reserves });
  }
}

function heldOf(reserves: FakeBlock["reserves"], pair: PoolAddress, token: Hex): bigint | undefined {
  return reserves.get(pair)?.[token === TOKEN_0 ? 0 : 1];
}
