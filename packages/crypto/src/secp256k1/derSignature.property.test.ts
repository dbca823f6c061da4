import { secp256k1 as noble } from "@noble/curves/secp256k1.js";
import { isTrellisError } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { derToSignature } from "./derSignature.ts";
import { SECP256K1_ORDER } from "./signature.ts";

const scalars = fc.bigInt({ min: 1n, max: SECP256K1_ORDER - 1n });
const encode = (r: bigint, s: bigint): Uint8Array => new noble.Signature(r, s).toBytes("der");

describe("derToSignature", () => {
  it("reads the output of a second implementation", () => {
    fc.assert(
      fc.property(scalars, scalars, (r, s) => {
        expect(derToSignature(encode(r, s))).toEqual({ r, s });
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ["empty", "", ""],
    ["cut", "30060201010201", ""],
    ["long form of a short length", "308106020101020101", ""],
    ["indefinite length", "3080020101020101", "0000"],
    ["something behind", "3006020101020101", "00"],
    ["trailing bytes within the length", "3008020101020101", "0000"],
    ["padded integer", "300702020001020101", ""],
    ["negative integer", "3006020181020101", ""],
    ["empty integer", "30050200020101", ""],
    ["integer beyond the end", "3006020101020501", ""],
    ["another tag", "3106020101020101", ""],
    ["another inner tag", "3006030101020101", ""],
    ["one integer", "3003020101", ""],
  ])("SIGNATURE_OUT_OF_RANGE, not strict DER: %s", (_, start, rest) => {
    const der = new Uint8Array(Buffer.from(start + rest, "hex"));
    expect(() => derToSignature(der)).toThrow(
      expect.objectContaining({
        code: "SIGNATURE_OUT_OF_RANGE",
        facts: expect.objectContaining({ reason: "not strict DER" }),
      }),
    );
  });

  it("returns a code, or a value with the same encoding, for any bytes", () => {
    const mutated = fc
      .record({ r: scalars, s: scalars, at: fc.nat(80), byte: fc.nat(255), cut: fc.nat(80) })
      .map(({ r, s, at, byte, cut }) => {
        const der = encode(r, s);
        der[at % der.length] = byte;
        return cut < der.length ? der.subarray(0, der.length - (cut % 8)) : der;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 80 })), (der) => {
        try {
          const { r, s } = derToSignature(der);
          expect(Buffer.from(minimalDer(r, s))).toEqual(Buffer.from(der));
        } catch (error) {
          if (!isTrellisError(error, "SIGNATURE_OUT_OF_RANGE") || error.facts.reason !== "not strict DER")
            throw error;
        }
      }),
      { numRuns: 100_000 },
    );
  });
});

function minimalDer(r: bigint, s: bigint): Uint8Array {
  const integer = (value: bigint): number[] => {
    const hex = value.toString(16);
    const bytes = [...Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex")];
    if (bytes[0]! >= 0x80) bytes.unshift(0);
    return [0x02, bytes.length, ...bytes];
  };
  const content = [...integer(r), ...integer(s)];
  return Uint8Array.of(0x30, content.length, ...content);
}
