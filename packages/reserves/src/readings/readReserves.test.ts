import type { Hex } from "@trellis/base";
import type { ChainClient } from "@trellis/client";
import { VirtualTime } from "@trellis/kit/time";
import { describe, expect, it } from "vitest";
import { blockHashOf, type FakeState, fakeNode } from "../assets/testing/FakeNode.ts";
import { refusal } from "../testing/refusal.ts";
import { createEvmReserveChain, createStatedChain, type ReserveChain, readReserves } from "./index.ts";
import type { PlannedAsset } from "./ReservesPlan.ts";
import type { ClaimedAddress } from "./readReserves.ts";

const ADDRESS: Hex = `0x${"aa".repeat(20)}`;
const OTHER: Hex = `0x${"cc".repeat(20)}`;
const TOKEN: Hex = `0x${"bb".repeat(20)}`;
const BITCOIN = "bip122:000000000019d6689c085ae165831e93";
const BTC_ADDRESS = "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2";
const HEIGHT = 100;
const HASH = blockHashOf("block 100");
const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;

function client(name: string, change: Partial<FakeState> = {}): ChainClient {
  const node = fakeNode(name, {
    hashes: new Map([[HEIGHT, HASH]]),
    coins: { [ADDRESS]: 5n, [OTHER]: 1n },
    answers: { [`${TOKEN} ${ADDRESS}`]: word(7n), [`${TOKEN} ${OTHER}`]: word(0n), [TOKEN]: word(6n) },
    ...change,
  });
  const block = { height: HEIGHT, hash: HASH, parentHash: HASH, timeSeconds: 1_790_000_000, baseFeeWei: 1n };
  return { ...node, block: async () => block } as Partial<ChainClient> as ChainClient;
}

const evm = (...clients: ChainClient[]) =>
  createEvmReserveChain({ chainId: 1, rule: "finalized" }, clients, { scheduler: new VirtualTime() });
const statement = {
  chain: BITCOIN,
  height: 900_000,
  hash: `0x${"0b".repeat(32)}`,
  timeMs: 1_780_000_000_000,
  balances: { [BTC_ADDRESS]: "123" },
};
const stated = (change: object = {}) =>
  createStatedChain(BITCOIN, "treasury", async () => JSON.stringify({ ...statement, ...change }));
const chains = (...list: ReserveChain[]) => new Map(list.map((chain) => [chain.chain as string, chain]));

const asset = (name: string, chain: string, token: string | null = null): PlannedAsset => ({
  asset: name,
  haircutBasisPoints: 0,
  tolerance: "0",
  counted: [{ chain, token }],
});
const assets = [asset("ETH", "eip155:1"), asset("USD", "eip155:1", TOKEN), asset("BTC", BITCOIN)];
const claims: ClaimedAddress[] = [
  { chain: "eip155:1", address: ADDRESS, method: "eip191" },
  { chain: "eip155:1", address: OTHER, method: "eip712" },
  { chain: BITCOIN, address: BTC_ADDRESS, method: "bip322" },
];
const request = {
  assets,
  claims,
  decimals: new Map([
    ["ETH", 18],
    ["USD", 6],
    ["BTC", 8],
  ]),
  blockHeights: { "eip155:1": HEIGHT, [BITCOIN]: 900_000 },
};

describe("balances of claimed addresses", () => {
  it("reads coins and tokens from agreeing nodes, and coins from a statement, each marked as such", async () => {
    const nodes = evm(client("a"), client("b"), client("c", { coins: { [ADDRESS]: 500n } }));
    const progress: number[][] = [];
    const read = await readReserves(
      request,
      chains(nodes, stated()),
      async (...seen) => void progress.push(seen),
    );
    expect(read.holdings.map(({ asset: name, address, amount }) => [name, address, amount])).toEqual([
      ["ETH", ADDRESS, 5n],
      ["ETH", OTHER, 1n],
      ["USD", ADDRESS, 7n],
      ["USD", OTHER, 0n],
      ["BTC", BTC_ADDRESS, 123n],
    ]);
    expect(read.holdings[0]).toMatchObject({
      blockHeight: HEIGHT,
      blockHash: HASH,
      method: "eip191",
      token: null,
    });
    expect(read.readings).toEqual([
      { chain: "eip155:1", source: "nodes", nodeCount: 3, quorum: 2 },
      { chain: BITCOIN, source: "statement", by: "treasury" },
    ]);
    expect(read.dissent.map(({ node }) => node)).toEqual(["c", "c"]);
    expect(read.oldestMs).toBe(1_780_000_000_000);
    expect(progress).toEqual([
      [1, 2],
      [2, 2],
    ]);
    expect([await nodes.height(), await stated().height()]).toEqual([HEIGHT, 900_000]);
  });

  it("does not read unclaimed addresses and assets outside the ledger", async () => {
    const none = { ...request, decimals: new Map([["BTC", 8]]), claims: claims.slice(0, 2) };
    expect(await readReserves(none, chains())).toEqual({
      holdings: [],
      readings: [],
      dissent: [],
      oldestMs: undefined,
    });
  });

  it("RESERVES_PLAN_MISMATCH", async () => {
    const nodes = evm(client("a"));
    await expect(readReserves(request, chains(nodes))).rejects.toEqual(
      refusal("RESERVES_PLAN_MISMATCH: no source for a chain"),
    );
    expect(() => createStatedChain("solana:1", "x", async () => "")).toThrowError(
      refusal("RESERVES_PLAN_MISMATCH: no source for a chain"),
    );
    const without = { ...request, blockHeights: {} };
    await expect(readReserves(without, chains(nodes))).rejects.toEqual(
      refusal("RESERVES_PLAN_MISMATCH: the snapshot has no block height for a chain"),
    );
    const cents = { ...request, decimals: new Map([["USD", 2]]) };
    await expect(readReserves(cents, chains(nodes))).rejects.toEqual(
      refusal("RESERVES_PLAN_MISMATCH: the ledger has an asset with other decimals", {
        ledger: 2,
        onChain: 6,
      }),
    );
  });

  it("TOKEN_UNREADABLE: a token without decimals", async () => {
    const nodes = evm(client("a", { answers: {} }));
    await expect(readReserves(request, chains(nodes, stated()))).rejects.toEqual(refusal("TOKEN_UNREADABLE"));
  });

  it("QUORUM_NOT_REACHED, NODE_BLOCK_UNKNOWN: no node answers, or none has the block", async () => {
    const broken = evm(client("a", { failure: "down" }), client("b", { failure: "down" }));
    await expect(readReserves(request, chains(broken, stated()))).rejects.toEqual(
      refusal("QUORUM_NOT_REACHED: too few answers"),
    );
    const empty = evm({ ...client("a"), block: async () => undefined });
    await expect(empty.height()).rejects.toEqual(refusal("NODE_BLOCK_UNKNOWN"));
    await expect(readReserves(request, chains(empty, stated()))).rejects.toEqual(
      refusal("NODE_BLOCK_UNKNOWN"),
    );
  });
});

describe("balance statement", () => {
  const account = { address: BTC_ADDRESS, token: null };

  it.each<[string, object]>([
    ["for another chain", { chain: "eip155:1" }],
    ["a fraction", { balances: { [BTC_ADDRESS]: "1.5" } }],
    ["a negative balance", { balances: { [BTC_ADDRESS]: "-1" } }],
    ["a number", { balances: { [BTC_ADDRESS]: 1 } }],
    ["no hash", { hash: "0x" }],
    ["an unknown field", { more: 1 }],
  ])("RESERVES_SOURCE_INVALID: %s", async (_, change) => {
    await expect(stated(change).height()).rejects.toEqual(
      refusal("RESERVES_SOURCE_INVALID: invalid balance statement"),
    );
  });

  it("RESERVES_SOURCE_INVALID: an address in two spellings, and invalid JSON", async () => {
    const address = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq";
    const balances = { [address]: "1", [address.toUpperCase()]: "2" };
    await expect(stated({ balances }).height()).rejects.toEqual(
      refusal("RESERVES_SOURCE_INVALID: invalid balance statement"),
    );
    const text = createStatedChain(BITCOIN, "x", async () => "{");
    await expect(text.height()).rejects.toEqual(
      refusal("RESERVES_SOURCE_INVALID: invalid balance statement", { issue: "not JSON" }),
    );
  });

  it("RESERVES_SOURCE_INVALID", async () => {
    await expect(stated().read(5, [account])).rejects.toEqual(
      refusal("RESERVES_SOURCE_INVALID: for another block than the snapshot's"),
    );
    const silent = stated({ balances: {} }).read(900_000, [account]);
    await expect(silent).rejects.toEqual(refusal("RESERVES_SOURCE_INVALID: no balance for an address"));
    const token = stated().read(900_000, [{ ...account, token: TOKEN }]);
    await expect(token).rejects.toEqual(refusal("RESERVES_SOURCE_INVALID: no balance for an address"));
  });
});
