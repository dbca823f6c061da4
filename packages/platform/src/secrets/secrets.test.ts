import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { systemRandom } from "../system/index.ts";
import { createEnvelope, masterKeyOf } from "./index.ts";

const code = (name: string, facts: object = {}) =>
  expect.objectContaining({ code: name, facts: expect.objectContaining(facts) });
const key = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

describe("envelope", () => {
  const old = createEnvelope([key(1)], systemRandom);
  const rotated = createEnvelope([key(2), key(1)], systemRandom);

  it("opens what it sealed, only in its context", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string({ maxLength: 50 }), (plain, context) => {
        const sealed = old.seal(context, plain);
        expect(old.open(context, sealed)).toEqual(plain);
        expect(() => old.open(`${context}x`, sealed)).toThrowError(code("ENVELOPE_BROKEN"));
      }),
    );
  });

  it("ENVELOPE_BROKEN, ENVELOPE_KEY_UNKNOWN: any byte changed, cut, or added", () => {
    const sealed = old.seal("a", key(5));
    const refused = (bytes: Uint8Array) => {
      expect(() => old.open("a", bytes)).toThrowError(
        expect.objectContaining({ code: expect.stringMatching(/^ENVELOPE_(?:BROKEN|KEY_UNKNOWN)$/) }),
      );
    };
    for (let index = 0; index < sealed.length; index += 1) {
      const changed = sealed.slice();
      changed[index]! ^= 0x80;
      refused(changed);
      refused(sealed.slice(0, index));
    }
    refused(Uint8Array.of(...sealed, 0));
  });

  it("seals the same plaintext differently each time", () => {
    expect(old.seal("a", key(5))).not.toEqual(old.seal("a", key(5)));
  });

  it("ENVELOPE_KEY_UNKNOWN: retired keys open until everything is sealed again", () => {
    const sealed = old.seal("a", key(5));
    expect(rotated.isCurrent(sealed)).toBe(false);
    const again = rotated.rotate("a", sealed);
    expect(rotated.isCurrent(again)).toBe(true);
    expect(again.subarray(0, rotated.prefix.length)).toEqual(rotated.prefix);
    expect(sealed.subarray(0, old.prefix.length)).toEqual(old.prefix);
    expect(masterKeyOf(again)).toBe(masterKeyOf(rotated.prefix));
    expect(masterKeyOf(again)).not.toBe(masterKeyOf(sealed));
    expect([new Uint8Array(), new Uint8Array(9)].map(masterKeyOf)).toEqual([undefined, undefined]);
    const onlyNew = createEnvelope([key(2)], systemRandom);
    expect(onlyNew.open("a", again)).toEqual(key(5));
    expect(() => onlyNew.open("a", sealed)).toThrowError(code("ENVELOPE_KEY_UNKNOWN"));
  });

  it("SECRET_UNREADABLE: master keys have 32 bytes", () => {
    expect(() => createEnvelope([], systemRandom)).toThrowError(
      code("SECRET_UNREADABLE", { reason: "invalid private key" }),
    );
    expect(() => createEnvelope([new Uint8Array(31)], systemRandom)).toThrowError(
      code("SECRET_UNREADABLE", { reason: "invalid private key" }),
    );
  });
});
