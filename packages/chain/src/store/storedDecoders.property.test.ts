import { bytesEqual, isTrellisError } from "@trellis/base";
import { rlpVariants } from "@trellis/kit/rlp";
import { type Address, type Hash, logsBloom, type Receipt, SKIP_REASONS } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formerNodeNumber, historyPlace } from "../state/StateHistory.ts";
import { type BlockOverride, decodeOverride, encodeOverride } from "./blockOverride.ts";
import { decodeExecutionRecord, type ExecutionRecord, encodeExecutionRecord } from "./executionRecord.ts";
import { decodeSnapshot, encodeSnapshot, type Snapshot } from "./snapshotRecord.ts";
import { STATE_TABLES } from "./stateTables.ts";
import { CHAIN_TABLES, checkedCodec, hashesCodec } from "./tables.ts";

const MUTATED_CASES = 20_000;
const RANDOM_CASES = 5_000;

const hexOf = (size: number) =>
  fc
    .uint8Array({ minLength: size, maxLength: size })
    .map((bytes) => `0x${Buffer.from(bytes).toString("hex")}` as const);
const hash: fc.Arbitrary<Hash> = hexOf(32);
const address: fc.Arbitrary<Address> = hexOf(20);
const uint = (bits: bigint) => fc.bigInt({ min: 0n, max: (1n << bits) - 1n });

const receipt: fc.Arbitrary<Receipt> = fc
  .record({
    type: fc.constantFrom(0 as const, 1 as const, 2 as const, 0x50 as const, 0x7e as const),
    status: fc.constantFrom(0 as const, 1 as const),
    cumulativeGasUsed: uint(64n),
    logs: fc.array(
      fc.record({
        address,
        topics: fc.array(hash, { maxLength: 2 }),
        data: fc.uint8Array({ maxLength: 40 }),
      }),
      { maxLength: 2 },
    ),
    transactionHash: hash,
    gasUsed: uint(64n),
    effectiveGasPrice: uint(256n),
    contractAddress: fc.option(address),
  })
  .map((fields) => ({ ...fields, logsBloom: logsBloom(fields.logs) }));

const place = { carrierIndex: fc.nat(300), bodyIndex: fc.nat(5_000) };
const record: fc.Arbitrary<ExecutionRecord> = fc.record(
  {
    timestamp: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    gasLimit: uint(256n),
    carriers: fc.array(hash, { maxLength: 4 }),
    accepted: fc.array(fc.record({ ...place, sender: address, receipt }), { maxLength: 3 }),
    skipped: fc.array(fc.record({ ...place, reason: fc.constantFrom(...SKIP_REASONS) }), { maxLength: 3 }),
    deliveries: fc.array(fc.record({ source: fc.nat(255), receipt }), { maxLength: 3 }),
  },
  { requiredKeys: ["timestamp", "gasLimit", "carriers", "accepted", "skipped"] },
);

const position = fc.oneof(fc.nat(12), fc.nat(1_000));
const byte = fc.oneof(
  fc.nat(255),
  fc.constantFrom(0x00, 0x7f, 0x80, 0x81, 0xb7, 0xb8, 0xc0, 0xf7, 0xf8, 0xff),
);
const mutation = fc.tuple(fc.constantFrom("set", "insert", "remove", "cut"), position, byte);

function mutated(bytes: Uint8Array, mutations: readonly (readonly [string, number, number])[]): Uint8Array {
  let result = Array.from(bytes);
  for (const [kind, at, value] of mutations) {
    const index = at % (result.length + 1);
    if (kind === "set" && index < result.length) result[index] = value;
    if (kind === "insert") result.splice(index, 0, value);
    if (kind === "remove") result.splice(index, 1);
    if (kind === "cut") result = result.slice(0, index);
  }
  return Uint8Array.from(result);
}

function expectDecodedOrRefused<T>(
  bytes: Uint8Array,
  decode: (bytes: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
): void {
  let value: T;
  try {
    value = decode(bytes);
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    return;
  }
  if (!bytesEqual(encode(value), bytes))
    throw new Error(`decoded, but not canonical: ${Buffer.from(bytes).toString("hex")}`);
}

function decodeWithLogs(bytes: Uint8Array): ExecutionRecord {
  const decoded = decodeExecutionRecord(bytes);
  const read = [...decoded.accepted, ...(decoded.deliveries ?? [])];
  for (const each of read) for (const _ of each.receipt.logs);
  return decoded;
}

describe("records of executions", () => {
  it("survive a round trip", () => {
    fc.assert(
      fc.property(record, (stored) => {
        expect(decodeExecutionRecord(encodeExecutionRecord(stored))).toEqual(stored);
      }),
      { numRuns: 1_000 },
    );
  });

  it("changed or arbitrary records are refused with a code", () => {
    const encodings = fc.sample(record, 64).map(encodeExecutionRecord);
    const check = (bytes: Uint8Array) => expectDecodedOrRefused(bytes, decodeWithLogs, encodeExecutionRecord);
    const picked = fc.tuple(fc.nat(63), fc.array(mutation, { minLength: 1, maxLength: 3 }));
    fc.assert(
      fc.property(picked, ([index, mutations]) => check(mutated(encodings[index]!, mutations))),
      { numRuns: MUTATED_CASES },
    );
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), check), { numRuns: RANDOM_CASES });
  });
});

it("records of executions have a unique encoding at every level", () => {
  for (const encoded of fc.sample(record, 64).map(encodeExecutionRecord)) {
    for (const { bytes } of rlpVariants(encoded)) {
      expectDecodedOrRefused(bytes, decodeExecutionRecord, encodeExecutionRecord);
    }
  }
});

const slots = fc.array(fc.tuple(hash, uint(256n)), { maxLength: 3 }).map((pairs) => new Map(pairs));
const override: fc.Arbitrary<BlockOverride> = fc.record({
  accounts: fc
    .array(
      fc.tuple(
        address,
        fc.record(
          { nonce: uint(64n), balance: uint(256n), code: fc.uint8Array({ maxLength: 9 }), state: slots },
          { requiredKeys: [] },
        ),
      ),
      { maxLength: 3 },
    )
    .map((pairs) => new Map(pairs)),
  baseFee: fc.option(uint(256n), { nil: undefined }),
  gasLimit: fc.option(uint(64n), { nil: undefined }),
  prevRandao: fc.option(hash, { nil: undefined }),
});
const snapshot: fc.Arbitrary<Snapshot> = fc.record({
  block: hash,
  settings: fc.record({
    nowMs: fc.nat(),
    miner: fc.option(address, { nil: undefined }),
    gasLimit: fc.option(uint(64n), { nil: undefined }),
    baseFee: fc.option(uint(256n), { nil: undefined }),
    prevRandao: fc.option(hash, { nil: undefined }),
    timestampMs: fc.option(fc.nat(), { nil: undefined }),
  }),
});

describe("records of a controlled devnet [DEV-3] [DEV-4]", () => {
  function expectSound<T>(
    values: fc.Arbitrary<T>,
    encode: (value: T) => Uint8Array,
    decode: (bytes: Uint8Array) => T,
  ): void {
    const check = (bytes: Uint8Array) => expectDecodedOrRefused(bytes, decode, encode);
    const encodings = fc.sample(values, 64).map(encode);
    const picked = fc.tuple(fc.nat(63), fc.array(mutation, { minLength: 1, maxLength: 3 }));
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(encode(value))).toEqual(value);
      }),
    );
    fc.assert(
      fc.property(picked, ([index, mutations]) => check(mutated(encodings[index]!, mutations))),
      { numRuns: RANDOM_CASES },
    );
    for (const encoded of encodings) for (const { bytes } of rlpVariants(encoded)) check(bytes);
  }

  it("overrides", () => expectSound(override, encodeOverride, decodeOverride));
  it("snapshots", () => expectSound(snapshot, encodeSnapshot, decodeSnapshot));
});

describe("other stored values", () => {
  it("lists of hashes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 130 }), (bytes) =>
        expectDecodedOrRefused(bytes, hashesCodec.decode, hashesCodec.encode),
      ),
      { numRuns: RANDOM_CASES },
    );
    expect(() => hashesCodec.decode(new Uint8Array(33))).toThrow(
      expect.objectContaining({ code: "STORE_CORRUPT", facts: { hashes: 33 } }),
    );
  });

  it("records of the DAG, with their checksum", () => {
    const encoded = checkedCodec.encode(new Uint8Array(120).fill(7));
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) =>
        expectDecodedOrRefused(mutated(encoded, mutations), checkedCodec.decode, checkedCodec.encode),
      ),
      { numRuns: RANDOM_CASES },
    );
    for (let byte = 0; byte < encoded.length; byte++) {
      const changed = encoded.slice();
      changed[byte]! ^= 4;
      expect(() => checkedCodec.decode(changed)).toThrow(
        expect.objectContaining({ code: "STORE_CORRUPT", facts: { unreadable: expect.any(String) } }),
      );
    }
  });

  it("accounts", () => {
    const { value } = STATE_TABLES.accounts;
    const encoded = value.encode({
      nonce: 3n,
      balance: 1n << 80n,
      codeHash: `0x${"11".repeat(32)}`,
      storageRoot: `0x${"22".repeat(32)}`,
    });
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) =>
        expectDecodedOrRefused(mutated(encoded, mutations), value.decode, value.encode),
      ),
      { numRuns: RANDOM_CASES },
    );
  });

  it("keys of the history", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) =>
        expectDecodedOrRefused(bytes, historyPlace, () => bytes),
      ),
      { numRuns: RANDOM_CASES },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) =>
        expectDecodedOrRefused(bytes, formerNodeNumber, () => bytes),
      ),
      { numRuns: RANDOM_CASES },
    );
  });

  it("lists of replaced values", () => {
    const { value } = STATE_TABLES.replaced;
    const keys = [new Uint8Array(29).fill(3), new Uint8Array(61).fill(200)];
    const encoded = value.encode({ values: keys, nodes: [Uint8Array.of(0), ...keys] });
    expect(value.decode(encoded)).toEqual({ values: keys, nodes: [Uint8Array.of(0), ...keys] });
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 3 }), (mutations) =>
        expectDecodedOrRefused(mutated(encoded, mutations), value.decode, value.encode),
      ),
      { numRuns: RANDOM_CASES },
    );
  });
});

it("ids of tables are permanent", () => {
  expect(Object.fromEntries(Object.entries(CHAIN_TABLES).map(([name, { id }]) => [name, id]))).toEqual({
    meta: 1,
    headers: 2,
    bodies: 3,
    dagRecords: 4,
    executions: 5,
    chainIndex: 6,
    mergedBy: 7,
    transactionCarriers: 8,
    disqualified: 9,
    missingRanges: 10,
    certificates: 11,
    evidence: 12,
    setChanges: 13,
    overrides: 14,
    snapshots: 15,
    anchors: 16,
    sentMessages: 17,
    accounts: 32,
    slots: 33,
    codes: 34,
    trieNodes: 35,
    history: 36,
    formerNodes: 38,
    replaced: 39,
    importedNodes: 37,
  });
});
