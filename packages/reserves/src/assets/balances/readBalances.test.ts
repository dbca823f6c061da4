import type { Hex } from "@trellis/base";
import { type ChainView, createRpcChainView } from "@trellis/client";
import { describe, expect, it } from "vitest";
import { refusal } from "../../testing/refusal.ts";
import { blockHashOf, type FakeState, fakeNode } from "../testing/FakeNode.ts";
import { createContractWallets } from "./createContractWallets.ts";
import { readBalances } from "./readBalances.ts";

const ADDRESS: Hex = `0x${"aa".repeat(20)}`;
const TOKEN: Hex = `0x${"bb".repeat(20)}`;
const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, "0")}`;
const HEIGHT = 100;
const HASH = blockHashOf("block 100");

function state(change: Partial<FakeState> = {}): FakeState {
  return {
    hashes: new Map([[HEIGHT, HASH]]),
    coins: { [ADDRESS]: 5n },
    answers: { [`${TOKEN} ${ADDRESS}`]: word(7n) },
    ...change,
  };
}

function nodes(...changes: Partial<FakeState>[]): ChainView[] {
  return changes.map((change, index) => fakeNode(`node ${index}`, state(change)));
}

const request = {
  chainId: 1,
  block: { height: HEIGHT },
  holdings: [{ address: ADDRESS }, { address: ADDRESS, token: TOKEN }],
  quorum: 2,
};

describe("balances from several nodes", () => {
  it("reads coin and token at one block", async () => {
    expect(await readBalances(nodes({}, {}, {}), request)).toEqual({
      chainId: 1,
      block: { height: HEIGHT, hash: HASH },
      balances: [
        { address: ADDRESS, amount: 5n },
        { address: ADDRESS, token: TOKEN, amount: 7n },
      ],
      dissent: [],
    });
  });

  it("names a lying node, a silent node and one of another chain", async () => {
    const views = nodes({}, {}, {}, { coins: { [ADDRESS]: 500n } }, { failure: "timeout" }, { chainId: 5 });
    const { balances, dissent } = await readBalances(
      [...views, ...nodes({}).map((node) => ({ ...node, name: "last" }))],
      { ...request, quorum: 4 },
    );
    expect(balances.map(({ amount }) => amount)).toEqual([5n, 7n]);
    expect(dissent).toEqual([
      { node: "node 5", question: "chain id", answer: "5" },
      { node: "node 3", question: `balance of ${ADDRESS}`, answer: "500" },
      { node: "node 4", question: `balance of ${ADDRESS}`, failure: "timeout" },
      { node: "node 4", question: `balance of ${ADDRESS} in ${TOKEN}`, failure: "timeout" },
    ]);
  });

  it("QUORUM_NOT_REACHED: no answer reaches the quorum", async () => {
    const views = nodes({}, { coins: {} });
    await expect(readBalances(views, request)).rejects.toEqual(
      refusal("QUORUM_NOT_REACHED", {
        reason: "answers differ",
        answers: "node 0: 5; node 1: 0",
        question: `balance of ${ADDRESS}`,
      }),
    );
    await expect(readBalances(nodes({ chainId: 5 }, { chainId: 5 }), request)).rejects.toEqual(
      refusal("QUORUM_NOT_REACHED: answers differ", { answers: "5", expected: 1 }),
    );
    const forked = nodes({}, { hashes: new Map([[HEIGHT, blockHashOf("other")]]) });
    await expect(readBalances(forked, request)).rejects.toEqual(
      refusal("QUORUM_NOT_REACHED: answers differ", { question: "block hash at 100" }),
    );
  });

  it("QUORUM_NOT_REACHED: silent nodes, or nodes that do not have the block", async () => {
    await expect(readBalances(nodes({}, { failure: "refused" }), request)).rejects.toEqual(
      refusal("QUORUM_NOT_REACHED", {
        reason: "too few answers",
        answered: 1,
        answers: expect.stringContaining("node 1: no answer (refused)"),
      }),
    );
    await expect(readBalances(nodes({}, { hashes: new Map() }), request)).rejects.toEqual(
      refusal("QUORUM_NOT_REACHED: too few answers"),
    );
  });

  it("BLOCK_REORGANISED: another block than the pinned one, before, during and after reading", async () => {
    const pinned = { ...request, block: { height: HEIGHT, hash: blockHashOf("was") } };
    await expect(readBalances(nodes({}, {}), pinned)).rejects.toEqual(
      refusal("BLOCK_REORGANISED", { was: blockHashOf("was"), is: HASH }),
    );
    const hashes = new Map([[HEIGHT, HASH]]);
    const moving = nodes({ hashes }, { hashes }).map((view) => ({
      ...view,
      balance: async () => {
        hashes.set(HEIGHT, blockHashOf("new"));
        return 5n;
      },
    }));
    await expect(readBalances(moving, request)).rejects.toEqual(refusal("BLOCK_REORGANISED", { was: HASH }));
  });

  it("TOKEN_UNREADABLE: no contract, a revert, or a malformed answer", async () => {
    for (const answers of [{}, { [TOKEN]: "0x" }, { [TOKEN]: "0x01" }] as Record<string, Hex>[])
      await expect(readBalances(nodes({ answers }, { answers }), request)).rejects.toEqual(
        refusal("TOKEN_UNREADABLE", { token: TOKEN }),
      );
  });

  it.each([
    [1, 2],
    [2, 4],
    [0, 1],
    [3, 2],
    [1.5, 2],
  ])("QUORUM_INVALID: %d of %d", async (quorum, count) => {
    const views = nodes(...Array.from({ length: count }, () => ({})));
    await expect(readBalances(views, { ...request, quorum })).rejects.toEqual(refusal("QUORUM_INVALID"));
  });

  it("QUORUM_INVALID: one node under two names counts as two, a duplicate name does not", async () => {
    const [node] = nodes({}) as [ChainView];
    await expect(readBalances([node, node], request)).rejects.toEqual(refusal("QUORUM_INVALID"));
  });

  it("CHAIN_ADDRESS_INVALID, or the address in canonical form", async () => {
    const upper: Hex = `0x${"AA".repeat(20)}`;
    const wrong: Hex = "0x12";
    const ask = (holding: { address: Hex; token?: Hex }) =>
      readBalances(nodes({}, {}), { ...request, holdings: [holding] });
    for (const holding of [{ address: wrong }, { address: upper }, { address: ADDRESS, token: wrong }])
      await expect(ask(holding)).rejects.toEqual(refusal("CHAIN_ADDRESS_INVALID: not an EVM address"));
    const { balances } = await ask({ address: "0xaAaAaAaaAaAaAaaAaAAAAAAAAaaaAaAaAaaAaaAa" });
    expect(balances).toEqual([{ address: ADDRESS, amount: 5n }]);
  });

  it("requests many addresses in batches", async () => {
    let underWay = 0;
    let most = 0;
    const views = nodes({}).map((view) => ({
      ...view,
      balance: async () => {
        most = Math.max(most, ++underWay);
        await Promise.resolve();
        underWay--;
        return 1n;
      },
    }));
    const holdings = Array.from({ length: 50 }, () => ({ address: ADDRESS }));
    const { balances } = await readBalances(views, { ...request, holdings, quorum: 1 });
    expect(balances).toHaveLength(50);
    expect(most).toBeLessThanOrEqual(16);
  });
});

describe("contract wallets through nodes (EIP-1271)", () => {
  const question = {
    chainId: 1,
    address: TOKEN,
    digest: word(1n),
    signature: "0x12" as const,
    blockHeight: HEIGHT,
  };
  const ask = (answer: Hex | undefined, change: Partial<FakeState> = {}) => {
    const answers = answer === undefined ? {} : { [TOKEN]: answer };
    const views = nodes({ answers, ...change }, { answers, ...change });
    return createContractWallets(() => views, 2).isValidSignature(question);
  };

  it("accepts only the magic value", async () => {
    expect(await ask(`0x1626ba7e${"0".repeat(56)}`)).toBe(true);
    for (const answer of [undefined, "0x", "0x1626ba7e", word(1n), `0xffffffff${"0".repeat(56)}`] as const)
      expect(await ask(answer)).toBe(false);
  });

  it("QUORUM_NOT_REACHED: failing nodes are no refusal by the contract", async () => {
    await expect(ask("0x", { failure: "timeout" })).rejects.toEqual(
      refusal("QUORUM_NOT_REACHED: too few answers"),
    );
    await expect(ask("0x", { hashes: new Map() })).rejects.toEqual(
      refusal("QUORUM_NOT_REACHED: too few answers"),
    );
  });
});

describe("JSON-RPC node", () => {
  const viewOf = (answers: Readonly<Record<string, unknown>>) => {
    const asked: (readonly [string, readonly unknown[]])[] = [];
    const view = createRpcChainView("rpc", async (method, params) => {
      asked.push([method, params]);
      const answer = answers[method];
      if (answer instanceof Error) throw answer;
      return answer;
    });
    return { view, asked };
  };

  it("reads at a block hash that must be canonical (EIP-1898)", async () => {
    const { view, asked } = viewOf({
      eth_chainId: "0x1",
      eth_getBlockByNumber: { hash: HASH },
      eth_getBalance: "0x5",
      eth_call: word(7n),
    });
    expect(await view.chainId()).toBe(1);
    expect(await view.blockHash(HEIGHT)).toBe(HASH);
    expect(await view.balance(ADDRESS, HASH)).toBe(5n);
    expect(await view.call(TOKEN, "0x01", HASH)).toBe(word(7n));
    const at = { blockHash: HASH, requireCanonical: true };
    expect(asked.slice(1)).toEqual([
      ["eth_getBlockByNumber", ["0x64", false]],
      ["eth_getBalance", [ADDRESS, at]],
      ["eth_call", [{ to: TOKEN, data: "0x01" }, at]],
    ]);
  });

  it("NODE_UNREACHABLE: a malformed answer", async () => {
    for (const wrong of [null, undefined, 5, "5", "0x", "0x05", "0xzz", {}, [], `0x1${"0".repeat(64)}`]) {
      const { view } = viewOf({
        eth_chainId: wrong,
        eth_getBalance: wrong,
        eth_getBlockByNumber: wrong ?? 1,
        eth_call: wrong === "0x" || wrong === "0x05" ? 1 : wrong,
      });
      const no = refusal("NODE_UNREACHABLE: invalid response");
      await expect(view.chainId()).rejects.toEqual(no);
      await expect(view.balance(ADDRESS, HASH)).rejects.toEqual(no);
      await expect(view.blockHash(1)).rejects.toEqual(no);
      await expect(view.call(TOKEN, "0x", HASH)).rejects.toEqual(no);
    }
    expect(await viewOf({ eth_getBlockByNumber: null }).view.blockHash(1)).toBe(undefined);
  });

  it("distinguishes a revert from a failing node", async () => {
    const revert = Object.assign(new TypeError("execution reverted"), { code: 3 });
    const wrapped = new TypeError("call failed", { cause: revert });
    for (const error of [revert, wrapped])
      expect(await viewOf({ eth_call: error }).view.call(TOKEN, "0x", HASH)).toBe(undefined);
    await expect(viewOf({ eth_call: new TypeError("timeout") }).view.call(TOKEN, "0x", HASH)).rejects.toThrow(
      "timeout",
    );
  });
});
