import { expect, it } from "vitest";
import { recogniseFormat } from "./index.ts";

const balances = { BTC: "1", ETH: "0", USDT: "0" };
const okx = { balances, type: 2, nonce: "a", hash: "b", height: 1 };
const bitget = { balances, auditId: "Au1", encryptUid: "c", nonce: "d", level: 25, merkelLeaf: "e", role: 2 };

it.each([
  ["okx-v1", { path: [okx], self: okx }],
  ["bitget", { path: [bitget], self: bitget }],
  ["okx-v2", { hash: "a", nodes: [{ balances, hash: "b" }], nonce: "c", totalBalances: balances }],
  ["okx-zk", { batch_inclusion_proof: { merkle_path: [] }, trunk_inclusion_proof: { merkle_path: [] } }],
  ["openzeppelin-dump", { format: "standard-v1", tree: [] }],
  ["openzeppelin-proof", { value: "0x", proof: [], root: "0x" }],
  ["bip340-tagged", { leaf: "(1,2)", siblings: [], root: "0x" }],
])("PUB-6: %s is recognised by its structure", (format, file) => {
  expect(recogniseFormat(file)).toBe(format);
});

it("PUB-6: an incomplete structure has an unknown format", () => {
  for (const file of [
    {},
    { self: {}, path: [] },
    { path: [okx] },
    { self: okx },
    { nodes: [], hash: "a" },
    { root: "0x" },
  ])
    expect([file, recogniseFormat(file)]).toEqual([file, undefined]);
});
