import { hexToBytes } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import { testTransaction } from "@trellis/kit/chainView";
import type { Address, Hash } from "@trellis/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { FakeNode } from "../../testing/FakeNode.ts";

const ACCOUNT: Address = `0x${"ab".repeat(20)}`;
const word = (value: number): Hash => `0x${value.toString(16).padStart(64, "0")}`;
const hashOf = (slot: number) => keccak256Hex(hexToBytes(word(slot)));
const entry = (slot: number, value: number) => [hashOf(slot), { key: word(slot), value: word(value) }];

/** Slots 1 to 9, in the order of their hashes. */
const SORTED = [1, 2, 3, 4, 5, 6, 7, 8, 9].sort((a, b) => (hashOf(a) < hashOf(b) ? -1 : 1));

let node: FakeNode;
let block: Hash;

beforeEach(() => {
  node = new FakeNode();
  for (const slot of SORTED) node.chain.slots.set(`${ACCOUNT}:${word(slot)}`, BigInt(slot));
  block = node.chain.add({ transactions: [{ signed: testTransaction() }] }).hash;
});

const range = (index: unknown, start: unknown = "0x", limit: unknown = 100, at: unknown = block) =>
  node.call("debug_storageRangeAt", at, index, ACCOUNT, start, limit);

describe("debug_storageRangeAt [RPC-29.4]", () => {
  it("returns pages in the order of the slots' hashes", async () => {
    const expected = SORTED.map((slot) => entry(slot, slot));
    expect((await range(0)).result).toEqual({ storage: Object.fromEntries(expected), nextKey: null });
    const pages: unknown[] = [];
    for (let next: unknown = "0x"; next !== null; ) {
      const { storage, nextKey } = (await range("0x0", next, 2)).result as {
        storage: object;
        nextKey: unknown;
      };
      pages.push(...Object.entries(storage));
      next = nextKey;
    }
    expect(pages).toEqual(expected);
    expect((await range(0, "0x", 0)).result).toEqual({ storage: {}, nextKey: hashOf(SORTED[0]!) });
  });

  it("is the state before the transaction: changed, deleted and new slots", async () => {
    const [first, second] = SORTED as [number, number];
    const changed = { [word(first)]: word(0), [word(second)]: word(77), [word(200)]: word(3) };
    node.chain.simulation.changedSlots = changed;
    const slots = [...SORTED.slice(1), 200].sort((a, b) => (hashOf(a) < hashOf(b) ? -1 : 1));
    const value = (slot: number) => (slot === second ? 77 : slot === 200 ? 3 : slot);
    const { result } = await range(0);
    expect(Object.entries((result as { storage: object }).storage)).toEqual(
      slots.map((slot) => entry(slot, value(slot))),
    );
    expect(node.chain.simulation.last).toMatchObject({ tracer: { kind: "changedSlots", address: ACCOUNT } });
    const page = (await range(0, hashOf(slots[2]!), 3)).result;
    expect(page).toEqual({
      storage: Object.fromEntries(slots.slice(2, 5).map((slot) => entry(slot, value(slot)))),
      nextKey: hashOf(slots[5]!),
    });
  });

  it("needs no transaction in a block without any", async () => {
    block = node.chain.add().hash;
    node.chain.simulation.error = new Error("traced");
    expect((await range(0)).result).toMatchObject({ nextKey: null });
    expect((await range(1)).error?.message).toContain("out of range");
  });

  it("refuses malformed, huge and contradictory parameters", async () => {
    const refusals: readonly (readonly [Parameters<typeof range>, string])[] = [
      [[1], `transaction index 1 out of range for block ${block}`],
      [[-1], "not a whole number"],
      [[`0x${"f".repeat(64)}`], "> 64 bits"],
      [[0, `0x${"00".repeat(33)}`], "at most 32 bytes"],
      [[0, "0x1"], "odd length"],
      [[0, null], ""],
      [[0, "0x", -1], "not a whole number"],
      [[0, "0x", 1.5], "not a whole number"],
      [[0, "0x", 1, `0x${"12".repeat(32)}`], "not found"],
      [[0, "0x", 1, "0x0"], "no transaction in genesis"],
    ];
    for (const [given, message] of refusals)
      expect({ given, error: (await range(...given)).error?.message }).toEqual({
        given,
        error: expect.stringContaining(message),
      });
  });
});
