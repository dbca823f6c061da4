import { bytesToHex, isTrellisError } from "@trellis/base";
import type { Hash } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  mergeProtections,
  type Protection,
  protectionOf,
  raiseWatermark,
  readProtection,
  writeProtection,
} from "./protectionFile.ts";
import {
  comparePositions,
  SIGNING_STEPS,
  type SigningPosition,
  type SigningWatermark,
} from "./SigningWatermark.ts";

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytesToHex(bytes) as Hash);
const value = fc.constantFrom<Hash | undefined>(undefined, `0x${"aa".repeat(32)}`, `0x${"bb".repeat(32)}`);
const inShardZero: fc.Arbitrary<SigningPosition> = fc.record({
  height: fc.nat({ max: 3 }),
  round: fc.nat({ max: 2 }),
  step: fc.constantFrom(...SIGNING_STEPS),
  value,
});
const inOtherShard = fc
  .record({ epoch: fc.nat({ max: 2 }), at: inShardZero })
  .map(({ epoch, at }) => ({ ...at, epoch }));
const publicKey = fc.nat({ max: 3 }).map((byte) => new Uint8Array(48).fill(byte));
const GENESIS: Hash = `0x${"01".repeat(32)}`;
const protectionOfPlaces = (place: fc.Arbitrary<SigningPosition>): fc.Arbitrary<Protection> =>
  fc
    .array(fc.tuple(publicKey.map(bytesToHex), place), { maxLength: 4 })
    .map((entries) => ({ chainId: 7n, genesisHash: GENESIS, lastSigned: new Map(entries) }));

function refusalOf(text: string): string | undefined {
  try {
    readProtection(text);
    return undefined;
  } catch (error) {
    return isTrellisError(error) && !OF_ANOTHER.has(error.facts.reason) ? error.code : String(error);
  }
}

const OF_ANOTHER = new Set<unknown>(["for another chain", "the key is not in the file"]);

describe.each([
  ["protection files [FINAL-14]", inShardZero],
  ["protection files of other shards [SHARD-16.1]", inOtherShard],
])("%s", (_, place) => {
  const protection = protectionOfPlaces(place);

  it("survive a round trip through JSON", () => {
    fc.assert(
      fc.property(protection, fc.bigInt(1n, 2n ** 63n), hash, (content, chainId, genesisHash) => {
        const whole = { ...content, chainId, genesisHash };
        expect(readProtection(writeProtection(whole))).toEqual(whole);
      }),
    );
  });

  it("merged, have every key at its highest position; files of two networks are refused", () => {
    fc.assert(
      fc.property(fc.array(protection, { minLength: 1, maxLength: 3 }), (contents) => {
        const { lastSigned } = readProtection(mergeProtections(contents.map(writeProtection)));
        const all = contents.flatMap((content) => [...content.lastSigned]);
        expect(new Set(lastSigned.keys())).toEqual(new Set(all.map(([key]) => key)));
        for (const [key, position] of all)
          expect(comparePositions(lastSigned.get(key)!, position)).toBeGreaterThanOrEqual(0);
      }),
    );
    const [own, other] = [7n, 8n].map((chainId) =>
      writeProtection({ chainId, genesisHash: GENESIS, lastSigned: new Map() }),
    );
    expect(() => mergeProtections([own!, other!])).toThrowError(
      expect.objectContaining({ code: "PROTECTION_FILE_INVALID" }),
    );
  });

  it("imported in any order, and repeatedly, raise a record to the same position", () => {
    const key = { chainId: 7n, genesisHash: GENESIS, publicKey: new Uint8Array(48) };
    const own = place.map((last): Protection => {
      return { chainId: 7n, genesisHash: GENESIS, lastSigned: new Map([[bytesToHex(key.publicKey), last]]) };
    });
    fc.assert(
      fc.property(own, own, (a, b) => {
        const raised = raiseWatermark(key, raiseWatermark(key, undefined, a), b);
        expect(comparePositions(raiseWatermark(key, raiseWatermark(key, undefined, b), a), raised)).toBe(0);
        expect(comparePositions(raiseWatermark(key, raised, a), raised)).toBe(0);
      }),
    );
  });

  it("never lower a record", () => {
    const record = fc.option(
      place.map((last): SigningWatermark => ({ ...last, own: undefined })),
      { nil: undefined },
    );
    fc.assert(
      fc.property(record, protection, publicKey, (last, told, bytes) => {
        const key = { chainId: 7n, genesisHash: GENESIS, publicKey: bytes };
        if (!told.lastSigned.has(bytesToHex(bytes))) return;
        const raised = raiseWatermark(key, last, told);
        if (last !== undefined) expect(comparePositions(raised, last)).toBeGreaterThanOrEqual(0);
        expect(comparePositions(raised, told.lastSigned.get(bytesToHex(bytes))!)).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it("two values for one position bar the height", () => {
    const a = { height: 5, round: 0, step: "prevote", value: undefined } as const;
    const key = { chainId: 7n, genesisHash: GENESIS, publicKey: new Uint8Array(48) };
    const told = protectionOf(key, { ...a, value: GENESIS, own: undefined });
    const memory = {
      ...({ round: 0, step: "prevote", lockedRound: -1, lockedValue: undefined } as const),
      validRound: -1,
      validValue: undefined,
      hasProposed: false,
    } as const;
    const own = { signature: new Uint8Array(96), memory, proof: undefined };
    expect(raiseWatermark(key, { ...a, own }, told).own).toBeUndefined();
  });

  it("PROTECTION_FILE_INVALID: for another chain", () => {
    const other: Protection = { chainId: 8n, genesisHash: GENESIS, lastSigned: new Map() };
    const key = { chainId: 7n, genesisHash: GENESIS, publicKey: new Uint8Array(48) };
    expect(() => raiseWatermark(key, undefined, other)).toThrow("another chain");
  });

  it("PROTECTION_FILE_INVALID: any other text", () => {
    const good = writeProtection({
      chainId: 7n,
      genesisHash: GENESIS,
      lastSigned: new Map([
        [bytesToHex(new Uint8Array(48)), { height: 1, round: 0, step: "prevote", value: undefined }],
      ]),
    });
    expect(refusalOf(good)).toBeUndefined();
    for (const [from, to] of [
      ['"version": 1', '"version": 2'],
      ["trellis-protection", "interchange"],
      ['"height": 1', '"height": -1'],
      ['"height": 1', '"height": 1e300'],
      ['"height": 1', '"height": "1"'],
      ["prevote", "prevotes"],
      ['"value": null', '"value": "0x12"'],
      ['"chainId": "7"', '"chainId": 7'],
      ['"genesis"', '"__proto__"'],
      ['"round": 0', '"round": 0, "more": 1'],
    ] as const) {
      expect(good).toContain(from);
      expect(refusalOf(good.replace(from, to)), to).toBe("PROTECTION_FILE_INVALID");
    }
    expect(refusalOf(" ".repeat(2_000_000))).toBe("PROTECTION_FILE_INVALID");
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.nat(), fc.jsonValue()), (thing) => {
        expect(refusalOf(typeof thing === "string" ? thing : JSON.stringify(thing))).toBe(
          "PROTECTION_FILE_INVALID",
        );
      }),
    );
    fc.assert(
      fc.property(fc.nat({ max: good.length - 1 }), fc.string({ maxLength: 3 }), (at, inserted) => {
        const code = refusalOf(good.slice(0, at) + inserted + good.slice(at + 1));
        expect([undefined, "PROTECTION_FILE_INVALID"]).toContain(code);
      }),
    );
  });
});
