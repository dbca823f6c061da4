import { isTrellisError } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Dag } from "../Dag.ts";
import { BlockTable } from "../table/BlockTable.ts";
import { createTestDag, factsOf, hashOf, WIDE_LIMITS } from "../testing/testDag.ts";
import { appendRecord } from "./record.ts";

const OPTIONS = { limits: WIDE_LIMITS, streamCount: 1, windowSize: 32 };

function sampleRecords() {
  const { dag, add } = createTestDag();
  add("a", "genesis");
  add("b", "genesis");
  add("c", "a", "b");
  return ["genesis", "a", "b", "c"].map((name) => dag.record(hashOf(name)));
}

function isRecordInvalid(error: unknown): boolean {
  return isTrellisError(error, "STORE_CORRUPT") && typeof error.facts.serial === "number";
}

function expectInvalid(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    expect(isRecordInvalid(error)).toBe(true);
    return;
  }
  expect.unreachable("the record was read");
}

describe("STORE_CORRUPT: a record of the DAG", () => {
  it("records out of order, duplicate, truncated, too long", () => {
    const [genesis, a, b, c] = sampleRecords();
    expect(Dag.load(OPTIONS, [genesis!, a!, b!, c!]).size).toBe(4);
    expectInvalid(() => Dag.load(OPTIONS, [genesis!, b!, a!]));
    expectInvalid(() => Dag.load(OPTIONS, [genesis!, a!, a!]));
    expectInvalid(() => Dag.load(OPTIONS, [genesis!, a!, { serial: 9, bytes: a!.bytes }]));
    expectInvalid(() => Dag.load(OPTIONS, [{ serial: 0, bytes: genesis!.bytes.subarray(0, -1) }]));
    expectInvalid(() => Dag.load(OPTIONS, [{ serial: 0, bytes: Uint8Array.of(...genesis!.bytes, 0) }]));
    expectInvalid(() => Dag.load(OPTIONS, [{ serial: -1, bytes: genesis!.bytes }]));
  });

  it("any bytes are read or rejected", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          appendRecord(new BlockTable(2), { serial: 7, bytes });
        } catch (error) {
          if (!isRecordInvalid(error)) throw error;
        }
      }),
      { numRuns: 20_000 },
    );
  });

  it("a changed record is read or rejected", () => {
    const records = sampleRecords();
    const change = fc.record({ record: fc.nat(3), at: fc.nat(), byte: fc.nat(255) });
    fc.assert(
      fc.property(change, ({ record, at, byte }) => {
        const changed = records.map(({ serial, bytes }) => ({ serial, bytes: bytes.slice() }));
        const { bytes } = changed[record]!;
        bytes[at % bytes.length] = byte;
        const table = new BlockTable(1);
        try {
          for (const entry of changed) appendRecord(table, entry);
        } catch (error) {
          if (!isRecordInvalid(error)) throw error;
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("records [DAG-14]", () => {
  it("preserve large numbers", () => {
    const dag = new Dag({ ...OPTIONS, streamCount: 2 });
    const facts = {
      hash: hashOf("genesis"),
      work: 2n ** 300n + 1n,
      timestampMs: Number.MAX_SAFE_INTEGER,
      stream: 1,
      daaCounts: [2 ** 40, 3],
      bitsOfStreams: [0xffffffff, 0x207fffff],
    };
    dag.insertGenesis(facts);
    dag.insert(factsOf(hashOf("a"), 0n), dag.ghostdag([hashOf("genesis")]));
    const loaded = Dag.load({ ...OPTIONS, streamCount: 2 }, [
      dag.record(hashOf("genesis")),
      dag.record(hashOf("a")),
    ]);
    const { table } = loaded;
    expect(table.works).toEqual([2n ** 300n + 1n, 0n]);
    expect(table.blueWorks[1]).toBe(2n ** 300n + 1n);
    expect([table.timestampsMs[0], table.streams[0], table.daaScore(0)]).toEqual([
      Number.MAX_SAFE_INTEGER,
      1,
      2 ** 40 + 3,
    ]);
    expect([table.bitsOf(0, 0), table.bitsOf(0, 1)]).toEqual([0xffffffff, 0x207fffff]);
  });
});
