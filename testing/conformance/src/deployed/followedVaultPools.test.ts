import {
  type BalancerWeightedPool,
  type BookBlock,
  balancerWeightedFactory,
  type CurveStablePool,
  curveStableSource,
  type PoolAddress,
  PoolBook,
  type PoolCaller,
  refreshPools,
  samplePools,
} from "@trellis/arbitrage";
import { bytesToHex, type Hex } from "@trellis/base";
import {
  type Balancer,
  type EvmContract,
  type Market,
  openBalancer,
  openMarket,
  type Sent,
} from "@trellis/market";
import { beforeEach, describe, expect, it } from "vitest";

const COIN = 10n ** 18n;
const random = { bytes: (count: number) => new Uint8Array(count).fill(3) };
const hashOf = (height: number): Hex => `0x${height.toString(16).padStart(64, "0")}`;
const blockOf = (height: number): BookBlock => ({
  height,
  hash: hashOf(height),
  parentHash: hashOf(height - 1),
});

let market: Market;
let balancer: Balancer;
let tokens: readonly EvmContract[];
let book: PoolBook;
let pending: Sent["logs"][number][];

const caller: PoolCaller = {
  async call(to, data) {
    const { isReverted, output } = market.chain.call(market.admin, to as PoolAddress, data);
    return isReverted ? undefined : output;
  },
};

beforeEach(() => {
  market = openMarket();
  balancer = openBalancer(market);
  tokens = [market.token(), market.deploy("DecimalsToken", [6])].sort((a, b) =>
    a.address < b.address ? -1 : 1,
  );
  const { factory, vault } = balancer;
  const factories = [
    balancerWeightedFactory({ address: factory.address, vault: vault.address, hasExactPowers: false }),
  ];
  book = new PoolBook(blockOf(0), { factories, statesMax: 10 });
  pending = [];
});

function keep<T extends Sent>(sent: T): T {
  expect(sent.failure).toBe("");
  pending.push(...sent.logs);
  return sent;
}

function addBlock() {
  const block = blockOf(book.head.height + 1);
  const logs = pending.map(({ address, topics, data }, logIndex) => ({
    address,
    topics,
    data: bytesToHex(data),
    block,
    transactionHash: hashOf(0),
    logIndex,
  }));
  pending = [];
  return book.addBlock(block, logs);
}

async function expectAsRead(address: PoolAddress): Promise<void> {
  const source = book.source(address)!;
  const read = await source.read(caller, { blockHash: book.head.hash });
  expect(source.differenceOf(book.pool(address)!, read)).toBe(undefined);
}

describe("Balancer pool", () => {
  const stock = () => tokens.map((token, at) => [token, (at === 0 ? 1_000n : 3_000n) * COIN] as const);

  function createPool(): EvmContract {
    const before = pending.length;
    const pool = balancer.create(COIN / 1_000n, tokens, [COIN / 5n, (4n * COIN) / 5n], keep);
    expect(pending.length).toBeGreaterThan(before);
    return pool;
  }

  function swap(pool: EvmContract, tokenIn: EvmContract, tokenOut: EvmContract, amount: bigint): bigint {
    tokenIn.do(market.admin, "mint", [market.admin, amount]);
    tokenIn.do(market.admin, "approve", [balancer.vault.address, amount]);
    const single = {
      poolId: pool.view("getPoolId"),
      kind: 0,
      assetIn: tokenIn.address,
      assetOut: tokenOut.address,
    };
    const self = { sender: market.admin, recipient: market.admin };
    const funds = { ...self, fromInternalBalance: false, toInternalBalance: false };
    const args = [{ ...single, amount, userData: "0x" }, funds, 0n, 10n ** 18n];
    return BigInt(keep(balancer.vault.send(market.admin, "swap", args)).output);
  }

  it("AMM-14: is found by its factory's log and read; its swaps are followed by the vault's logs, to the wei", async () => {
    const contract = createPool();
    expect(addBlock()).toMatchObject({ created: [contract.address], refused: [] });
    expect([...book.stale()].map(({ reason }) => reason)).toEqual(["UNREAD"]);
    balancer.fill(contract, stock(), keep);
    addBlock();
    expect(await refreshPools(book, caller)).toMatchObject({ read: [contract.address], failed: [] });
    for (const [tokenIn, amount] of [
      [0, 7n * COIN],
      [1, 13n * COIN],
      [0, 1_234_567n],
    ] as const) {
      const pool = book.pool(contract.address) as BalancerWeightedPool;
      const { amountOut, after } = pool.swapExactInput(tokenIn, 1 - tokenIn, amount);
      expect(swap(contract, tokens[tokenIn]!, tokens[1 - tokenIn]!, amount)).toBe(amountOut);
      expect([...addBlock().touched]).toEqual([contract.address]);
      expect(book.pool(contract.address)).toEqual(after);
      await expectAsRead(contract.address);
    }
    expect(await samplePools(book, caller, random, { count: 1 })).toMatchObject({ checked: 1, wrong: [] });
  });

  it("AMM-11: a rolled-back block removes its swaps and its pools", async () => {
    const contract = createPool();
    balancer.fill(contract, stock(), keep);
    addBlock();
    await refreshPools(book, caller);
    const before = book.pool(contract.address);
    swap(contract, tokens[0]!, tokens[1]!, COIN);
    addBlock();
    expect(book.pool(contract.address)).not.toEqual(before);
    expect([...book.removeBlock(hashOf(2)).touched]).toEqual([contract.address]);
    expect(book.pool(contract.address)).toBe(before);
    book.removeBlock(hashOf(1));
    expect(book.source(contract.address)).toBe(undefined);
  });

  it("another pool's swap does not change it; another fee causes a new read", async () => {
    const [one, other] = [createPool(), createPool()];
    for (const contract of [one, other]) balancer.fill(contract, stock(), keep);
    addBlock();
    await refreshPools(book, caller);
    swap(other, tokens[0]!, tokens[1]!, COIN);
    expect([...addBlock().touched]).toEqual([other.address]);
    keep(one.send(market.admin, "setSwapFeePercentage", [COIN / 100n]));
    addBlock();
    expect([...book.stale()].map(({ reason }) => reason)).toEqual(["REREAD"]);
    await refreshPools(book, caller);
    expect((book.pool(one.address) as BalancerWeightedPool).state.fee).toBe(COIN / 100n);
  });
});

describe("Curve pool", () => {
  let contract: EvmContract;
  const pool = () => book.pool(contract.address) as CurveStablePool | undefined;
  const exchange = (amount: bigint) => keep(contract.send(market.admin, "exchange", [0n, 1n, amount, 0n]));

  beforeEach(async () => {
    const addresses = tokens.map(({ address }) => address);
    contract = market.deploy("StableSwapPool", [addresses, 200n, 4_000_000n, 5_000_000_000n]);
    for (const token of tokens) {
      const unit = 10n ** BigInt(token.view<number>("decimals"));
      token.do(market.admin, "mint", [contract.address, 1_000n * unit]);
      token.do(market.admin, "mint", [market.admin, 1_000n * unit]);
      token.do(market.admin, "approve", [contract.address, 1_000n * unit]);
    }
    contract.do(market.admin, "take");
    book.follow(curveStableSource(contract.address));
    await refreshPools(book, caller);
  });

  it("AMM-12: is read after each of its logs, and matches the pool's results to the wei", async () => {
    const unit = 10n ** BigInt(tokens[0]!.view<number>("decimals"));
    for (const amount of [unit, 300n * unit, 12_345n]) {
      const { amountOut, after } = pool()!.swapExactInput(0, 1, amount);
      expect(BigInt(exchange(amount).output)).toBe(amountOut);
      expect([...addBlock().touched]).toEqual([contract.address]);
      expect(pool()).toBe(undefined);
      await refreshPools(book, caller);
      expect(pool()!.state).toEqual((after as CurveStablePool).state);
    }
    expect(await samplePools(book, caller, random, { count: 1 })).toMatchObject({ checked: 1, wrong: [] });
  });

  it("AMM-12: changes with time while its amplification ramps", async () => {
    const source = book.source(contract.address)!;
    expect(source.isMoving?.(pool()!)).toBe(false);
    keep(contract.send(market.admin, "ramp_A", [400n, market.chain.timestamp + 100n]));
    market.chain.pass(50n);
    addBlock();
    await refreshPools(book, caller);
    expect(pool()!.state.amplification).toBe(30_000n);
    expect(source.isMoving?.(pool()!)).toBe(true);
    market.chain.pass(50n);
    expect(source.isMoving?.(await source.read(caller, { blockHash: book.head.hash }))).toBe(false);
  });
});
