import type { Hex } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { clientErrors } from "../errors.ts";
import { createRpcStateClient } from "./createRpcStateClient.ts";

const ADDRESS: Hex = `0x${"a1".repeat(20)}`;
const BLOCK: Hex = `0x${"b2".repeat(32)}`;
const SLOT: Hex = `0x${"00".repeat(31)}05`;
const EMPTY: Hex = "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
const at = { blockHash: BLOCK, requireCanonical: true };

function nodeOf(answers: Readonly<Record<string, unknown>>) {
  const asked: (readonly [string, readonly unknown[]])[] = [];
  const all: Readonly<Record<string, unknown>> = { eth_chainId: "0x7", ...answers };
  const client = createRpcStateClient("node", 7, async (method, params) => {
    asked.push([method, params]);
    const answer = all[method];
    if (answer instanceof Error) throw answer;
    if (answer === undefined) throw refused(-32601, "no such method");
    return answer;
  });
  return { client, asked };
}

const refused = (code: number, message: string) => clientErrors.NODE_REFUSED({}, { code, message });
const code = (name: string) => expect.objectContaining({ code: name });
const invalidResponse = expect.objectContaining({
  code: "NODE_UNREACHABLE",
  facts: expect.objectContaining({ reason: "invalid response" }),
});
const proof = {
  nonce: "0x2",
  balance: "0x64",
  codeHash: EMPTY,
  storageProof: [{ key: SLOT, value: "0x2a" }],
};

describe("state client", () => {
  it("reads an account with its slots by one eth_getProof, in the state of a canonical block", async () => {
    const { client, asked } = nodeOf({ eth_getProof: proof });
    const account = await client.account(ADDRESS, [SLOT], BLOCK);
    expect(account).toEqual({ nonce: 2n, balance: 100n, codeHash: EMPTY, slots: [42n] });
    expect(asked.at(-1)).toEqual(["eth_getProof", [ADDRESS, [SLOT], at]]);
    const none = nodeOf({ eth_getProof: { ...proof, codeHash: `0x${"00".repeat(32)}`, storageProof: [] } });
    expect((await none.client.account(ADDRESS, [], BLOCK)).codeHash).toBe(EMPTY);
  });

  it("reads by separate calls, permanently, if the node has no proofs", async () => {
    const { client, asked } = nodeOf({
      eth_getTransactionCount: "0x2",
      eth_getBalance: "0x64",
      eth_getCode: "0x",
      eth_getStorageAt: `0x${"00".repeat(31)}2a`,
    });
    for (let time = 0; time < 2; time += 1)
      expect(await client.account(ADDRESS, [SLOT], BLOCK)).toEqual({
        nonce: 2n,
        balance: 100n,
        codeHash: EMPTY,
        slots: [42n],
      });
    expect(asked.filter(([method]) => method === "eth_getProof")).toHaveLength(1);
  });

  it.each([
    ["the node proves only newer ones", "missing trie node ab (path ) state ab is not available"],
    ["a fork proves only older ones", "no proofs and lists of slots after forked block 7"],
  ])("reads by separate calls, for that block, if %s", async (_, message) => {
    const trieGone = refused(-32000, message);
    const { client, asked } = nodeOf({
      eth_getProof: trieGone,
      eth_getTransactionCount: "0x2",
      eth_getBalance: "0x64",
      eth_getCode: "0x",
      eth_getStorageAt: `0x${"00".repeat(31)}2a`,
    });
    const account = { nonce: 2n, balance: 100n, codeHash: EMPTY, slots: [42n] };
    const next: Hex = `0x${"b3".repeat(32)}`;
    for (const block of [BLOCK, BLOCK, next])
      expect(await client.account(ADDRESS, [SLOT], block)).toEqual(account);
    expect(asked.filter(([method]) => method === "eth_getProof")).toHaveLength(2);
    expect(asked.at(-1)).toEqual(["eth_getStorageAt", [ADDRESS, SLOT, { ...at, blockHash: next }]]);
  });

  it("NODE_UNREACHABLE: fewer slots than requested, or of another size", async () => {
    const { client } = nodeOf({ eth_getProof: { ...proof, storageProof: [] } });
    await expect(client.account(ADDRESS, [SLOT], BLOCK)).rejects.toEqual(invalidResponse);
    const parts = { eth_getTransactionCount: "0x0", eth_getBalance: "0x0", eth_getCode: "0x" };
    const short = nodeOf({ ...parts, eth_getStorageAt: "0x2a" });
    await expect(short.client.account(ADDRESS, [SLOT], BLOCK)).rejects.toEqual(invalidResponse);
    const call = nodeOf({ eth_call: 5 }).client.callOverridden(message, BLOCK);
    await expect(call).rejects.toEqual(invalidResponse);
  });

  const message = {
    from: ADDRESS,
    to: ADDRESS,
    data: "0x01",
    gasLimit: 16n,
    codes: new Map<Hex, Hex>([[ADDRESS, "0x5f"]]),
    context: { number: 9, timeSeconds: 10 },
  } as const;

  it("NODE_BLOCK_UNKNOWN: a reorganised block", async () => {
    const gone = refused(-32000, "hash is not currently canonical");
    const parts = { eth_getTransactionCount: gone, eth_getBalance: gone, eth_getCode: gone };
    const { client } = nodeOf({ eth_getProof: gone, eth_call: gone, ...parts });
    for (const question of [
      client.account(ADDRESS, [], BLOCK),
      client.callOverridden(message, BLOCK),
      client.code(ADDRESS, BLOCK),
    ])
      await expect(question).rejects.toEqual(code("NODE_BLOCK_UNKNOWN"));
  });

  it("calls with code overrides, in a block's context; a revert is undefined", async () => {
    const { client, asked } = nodeOf({ eth_call: "0xABCD" });
    expect(await client.callOverridden(message, BLOCK)).toBe("0xABCD");
    expect(asked.at(-1)).toEqual([
      "eth_call",
      [
        { from: ADDRESS, to: ADDRESS, data: "0x01", gas: "0x10" },
        at,
        { [ADDRESS]: { code: "0x5f" } },
        { number: "0x9", time: "0xa" },
      ],
    ]);
    const reverting = nodeOf({ eth_call: refused(3, "execution reverted") });
    expect(await reverting.client.callOverridden(message, BLOCK)).toBeUndefined();
  });

  it("returns the access list of a message, or undefined if the node cannot", async () => {
    const accessList = [{ address: ADDRESS, storageKeys: [SLOT] }];
    const { client } = nodeOf({ eth_createAccessList: { accessList, gasUsed: "0x1" } });
    expect(await client.touched(message, BLOCK)).toEqual([{ address: ADDRESS, slots: [SLOT] }]);
    for (const answer of [undefined, 5, { accessList: [{ address: "0x1" }] }])
      expect(await nodeOf({ eth_createAccessList: answer }).client.touched(message, BLOCK)).toBeUndefined();
  });

  it("NODE_OF_OTHER_CHAIN", async () => {
    const { client } = nodeOf({ eth_chainId: "0x8", eth_getProof: proof });
    await expect(client.account(ADDRESS, [], BLOCK)).rejects.toEqual(code("NODE_OF_OTHER_CHAIN"));
  });
});
