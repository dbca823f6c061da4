import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../canonical/index.ts";
import { refusal } from "../testing/refusal.ts";
import { decodeEntry, ENTRY_SIZE_MAX, ENTRY_TYPES, type EntryType, encodeEntry } from "./entry.ts";

describe("entries", () => {
  it("survive a round trip with a unique encoding", () => {
    const types = fc.constantFrom(...(Object.keys(ENTRY_TYPES) as EntryType[]));
    const bodies = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })) as fc.Arbitrary<JsonObject>;
    fc.assert(
      fc.property(types, bodies, (type, body) => {
        const bytes = encodeEntry({ type, body });
        expect(encodeEntry(decodeEntry(bytes))).toEqual(bytes);
        expect(decodeEntry(bytes).type).toBe(type);
      }),
    );
  });

  it.each<[string, readonly number[]]>([
    ["nothing", []],
    ["another version", [2, 1, 0x7b, 0x7d]],
    ["an unknown type", [1, 9, 0x7b, 0x7d]],
    ["a list", [1, 1, 0x5b, 0x5d]],
    ["spaces", [1, 1, 0x7b, 0x20, 0x7d]],
  ])("LOG_MALFORMED: %s", (_, bytes) => {
    expect(() => decodeEntry(Uint8Array.from(bytes))).toThrowError(
      expect.objectContaining({ code: "LOG_MALFORMED", facts: expect.objectContaining({ reason: "entry" }) }),
    );
  });

  it("LOG_MALFORMED or an entry for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (bytes, isMarked) => {
        if (isMarked) bytes.set([1, 1].slice(0, bytes.length));
        try {
          expect(encodeEntry(decodeEntry(bytes))).toEqual(bytes);
        } catch (error) {
          expect(error).toMatchObject({ code: "LOG_MALFORMED", facts: { reason: "entry" } });
        }
      }),
    );
  });

  it("LOG_MALFORMED", () => {
    const body = { text: "x".repeat(ENTRY_SIZE_MAX) };
    const expected = refusal("LOG_MALFORMED: too large");
    expect(() => encodeEntry({ type: "audit", body })).toThrowError(expected);
    expect(() => decodeEntry(new Uint8Array(ENTRY_SIZE_MAX + 1))).toThrowError(expected);
  });
});
