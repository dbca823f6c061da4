import { gzipSync } from "node:zlib";
import { bytesToHex, hexToBytes, isTrellisError } from "@trellis/base";
import type { DumpedAccount, Hash } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeAnvilState } from "../encoding/anvilState.ts";
import { anvilState, STATE_BYTES_MAX, STATE_ENTRIES_MAX } from "./anvilState.ts";

const hexOf = (size: number) =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((bytes): Hash => bytesToHex(bytes));
const storage = fc.dictionary(hexOf(32), fc.bigInt({ min: 1n, max: (1n << 256n) - 1n }), { maxKeys: 4 });
const account: fc.Arbitrary<DumpedAccount> = fc.record({
  address: hexOf(20),
  nonce: fc.oneof(fc.nat().map(BigInt), fc.constant((1n << 64n) - 2n)),
  balance: fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
  code: fc.uint8Array({ maxLength: 40 }),
  storage: storage.map((slots) => new Map(Object.entries(slots) as [Hash, bigint][])),
});
const accounts = fc.uniqueArray(account, { selector: ({ address }) => address, maxLength: 5 });
const settings = { number: 7, omitted: new Set<never>() };

function refusalOf(decode: () => unknown): string | undefined {
  try {
    decode();
    return undefined;
  } catch (error) {
    if (!isTrellisError(error, "RPC_PARAMETERS_INVALID")) throw error;
    return String(error.facts.reason);
  }
}

const textOf = (value: unknown) => bytesToHex(Buffer.from(JSON.stringify(value)));
const stateOf = (record: object) => ({ accounts: { [`0x${"aa".repeat(20)}`]: record } });

describe("a state in Anvil's format", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(accounts, (given) => {
        const read = anvilState.decode(encodeAnvilState(given, settings));
        const expected = given.map(({ address, storage: stateDiff, ...rest }) => [
          address,
          { ...rest, stateDiff },
        ]);
        expect(new Map([...read])).toEqual(new Map(expected as never));
      }),
    );
  });

  it("is accepted or refused with a reason, whatever it contains", () => {
    const value = fc.oneof(
      fc.json(),
      fc.json().map((json) => JSON.stringify({ accounts: JSON.parse(json) })),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          value.map((json) => Buffer.from(json)),
          fc.uint8Array(),
        ),
        fc.boolean(),
        (bytes, isPacked) => {
          refusalOf(() => anvilState.decode(bytesToHex(isPacked ? gzipSync(bytes) : bytes)));
        },
      ),
    );
    fc.assert(
      fc.property(accounts, fc.nat(), fc.nat({ max: 255 }), (given, position, byte) => {
        const damaged = hexToBytes(encodeAnvilState(given, settings)).slice();
        damaged[position % damaged.length] = byte;
        refusalOf(() => anvilState.decode(bytesToHex(damaged)));
      }),
    );
  });

  it("has bounds", () => {
    const refusal = (value: unknown) => refusalOf(() => anvilState.decode(textOf(value)));
    const record = { nonce: 0, balance: "0x0", code: "0x", storage: {} };
    expect(refusal(stateOf(record))).toBeUndefined();
    const slots = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, slot) => [`0x${slot.toString(16)}`, "0x1"]));
    expect(refusal(stateOf({ ...record, storage: slots(STATE_ENTRIES_MAX - 1) }))).toBeUndefined();
    expect(refusal(stateOf({ ...record, storage: slots(STATE_ENTRIES_MAX) }))).toContain("200000 accounts");
    for (const wrong of [
      { nonce: -1 },
      { nonce: "0xffffffffffffffff" },
      { balance: `0x1${"00".repeat(32)}` },
      { balance: undefined },
      { code: `0x${"00".repeat(24_577)}` },
      { storage: [] },
      { storage: { "0x1": `0x${"00".repeat(33)}` } },
    ])
      expect(refusal(stateOf({ ...record, ...wrong }))).toMatch(/./);
    expect(refusal({})).toContain("accounts");
    expect(refusal({ accounts: { [`0x${"aa".repeat(20)}`]: { code: "0x1" }, "0xaa": {} } })).toContain(
      "for common.Address",
    );
    const twice = { [`0x${"aa".repeat(20)}`]: record, [`0x${"AA".repeat(20)}`]: record };
    expect(refusal({ accounts: twice })).toContain("an account twice");
    const bomb = gzipSync(Buffer.alloc(STATE_BYTES_MAX + 1, " "));
    expect(refusalOf(() => anvilState.decode(bytesToHex(bomb)))).toContain("bytes");
    for (const [repeated, reason] of [
      ["[", "max depth"],
      ["{},", "too many values"],
    ] as const) {
      const deep = gzipSync(Buffer.alloc(STATE_BYTES_MAX - 1, repeated));
      expect(refusalOf(() => anvilState.decode(bytesToHex(deep)))).toContain(reason);
    }
  });
});
