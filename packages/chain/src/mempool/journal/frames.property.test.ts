import { concatBytes, isTrellisError } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeJournal, encodeRecord, MAGIC } from "./frames.ts";

const payloads = fc.array(fc.uint8Array({ maxLength: 24 }), { maxLength: 6 });

function journalOf(records: readonly Uint8Array[]): Uint8Array {
  return concatBytes(MAGIC, ...records.map(encodeRecord));
}

function offsetsOf(records: readonly Uint8Array[]): number[] {
  const offsets = [MAGIC.length];
  for (const record of records) offsets.push(offsets.at(-1)! + 12 + record.length);
  return offsets;
}

function read(bytes: Uint8Array) {
  try {
    return decodeJournal(bytes);
  } catch (error) {
    if (!isTrellisError(error, "JOURNAL_CORRUPT")) throw error;
    return { corruptAt: error.facts.offset as number };
  }
}

describe("decodeJournal", () => {
  it("returns the written records", () => {
    fc.assert(
      fc.property(payloads, (records) => {
        const bytes = journalOf(records);
        expect(decodeJournal(bytes)).toEqual({ records, bytesValid: bytes.length });
      }),
    );
  });

  it("drops a torn tail: a cut anywhere keeps every whole record before it", () => {
    fc.assert(
      fc.property(payloads, fc.nat(), fc.nat(40), (records, at, zeros) => {
        const bytes = journalOf(records);
        const cut = at % (bytes.length + 1);
        const offsets = offsetsOf(records);
        const whole = offsets.filter((offset) => offset <= cut).length - 1;
        const expected =
          whole < 0
            ? { records: [], bytesValid: 0 }
            : { records: records.slice(0, whole), bytesValid: offsets[whole]! };
        expect(decodeJournal(bytes.subarray(0, cut))).toEqual(expected);
        const unwritten = concatBytes(bytes, new Uint8Array(zeros));
        expect(decodeJournal(unwritten)).toEqual({ records, bytesValid: bytes.length });
      }),
      { numRuns: 2_000 },
    );
  });

  it("JOURNAL_CORRUPT with the record's offset for any changed byte", () => {
    fc.assert(
      fc.property(payloads, fc.nat(), fc.integer({ min: 1, max: 255 }), (records, at, flip) => {
        const bytes = journalOf(records);
        const index = at % bytes.length;
        bytes[index]! ^= flip;
        const damaged = index < MAGIC.length ? 0 : offsetsOf(records).findLast((offset) => offset <= index);
        expect(read(bytes)).toEqual({ corruptAt: damaged });
      }),
      { numRuns: 2_000 },
    );
  });

  it("JOURNAL_CORRUPT for a file of another kind", () => {
    expect(read(new TextEncoder().encode("SQLite format 3"))).toEqual({ corruptAt: 0 });
    expect(read(new TextEncoder().encode("SQL"))).toEqual({ corruptAt: 0 });
  });

  it("survives 100,000 arbitrary inputs: returns records within the bytes, or the offset of the damage", () => {
    const mutated = fc
      .tuple(
        payloads,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
        fc.nat(),
        fc.uint8Array({ maxLength: 30 }),
      )
      .map(([records, changes, cut, tail]) => {
        const bytes = journalOf(records);
        for (const [index, value] of changes) bytes[index % bytes.length] = value;
        return concatBytes(bytes.subarray(0, cut % (bytes.length + 1)), tail);
      });
    const input = fc.oneof(
      mutated,
      fc.uint8Array({ maxLength: 60 }),
      fc.uint8Array({ maxLength: 60 }).map((bytes) => concatBytes(MAGIC, bytes)),
    );
    const seen = { whole: 0, torn: 0, corrupt: 0 };
    fc.assert(
      fc.property(input, (bytes) => {
        const result = read(bytes);
        if ("corruptAt" in result) {
          seen.corrupt += 1;
          return result.corruptAt <= bytes.length;
        }
        if (result.bytesValid === bytes.length) seen.whole += 1;
        else seen.torn += 1;
        const length = result.records.reduce((sum, record) => sum + 12 + record.length, MAGIC.length);
        return result.bytesValid === 0 ? result.records.length === 0 : result.bytesValid === length;
      }),
      { numRuns: 100_000 },
    );
    expect(Object.values(seen).every((count) => count > 1_000)).toBe(true);
  });
});
