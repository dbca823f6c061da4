import { RawTx } from "@scure/btc-signer";
import { bytesToHex } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeTransaction, encodeBare } from "./transaction.ts";

const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
const shapes = fc.record({
  version: fc.integer({ min: 0, max: 0x7fff_ffff }),
  inputs: fc.array(
    fc.record({
      txid: bytes(32),
      index: fc.nat(0xffff_ffff),
      finalScriptSig: fc.uint8Array({ maxLength: 300 }),
      sequence: fc.nat(0xffff_ffff),
      witness: fc.array(fc.uint8Array({ maxLength: 80 }), { minLength: 1, maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  outputs: fc.array(
    fc.record({ amount: fc.bigInt({ min: 0n, max: 2_100_000_000_000_000n }), script: fc.uint8Array() }),
    { minLength: 1, maxLength: 3 },
  ),
  lockTime: fc.nat(0xffff_ffff),
  isSegwit: fc.boolean(),
});

describe("Bitcoin transactions", () => {
  it("decode the output of another implementation", () => {
    fc.assert(
      fc.property(shapes, ({ version, inputs, outputs, lockTime, isSegwit }) => {
        const encoded = RawTx.encode({
          version,
          segwitFlag: isSegwit,
          inputs,
          outputs,
          ...(isSegwit ? { witnesses: inputs.map(({ witness }) => witness) } : { witnesses: undefined }),
          lockTime,
        });
        const read = decodeTransaction(encoded);
        expect(read).toMatchObject({ version, lockTime });
        expect(read.inputs.map(({ witness }) => witness.length > 0)).toEqual(inputs.map(() => isSegwit));
        expect(read.outputs.map(({ valueSat }) => valueSat)).toEqual(outputs.map(({ amount }) => amount));
        if (!isSegwit) expect(bytesToHex(encodeBare(read))).toBe(bytesToHex(encoded));
      }),
      { numRuns: 50 },
    );
  });

  it.each<[string, readonly number[]]>([
    ["nothing", []],
    ["no inputs", [2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]],
    ["an unknown flag", [2, 0, 0, 0, 0, 2, 1]],
    ["a length in more bytes than it needs", [2, 0, 0, 0, 0xfd, 1, 0]],
    ["more inputs than bytes", [2, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0xff]],
  ])("BITCOIN_SIGNATURE_INVALID: %s", (_, encoded) => {
    expect(() => decodeTransaction(Uint8Array.from(encoded))).toThrowError(
      expect.objectContaining({
        code: "BITCOIN_SIGNATURE_INVALID",
        facts: expect.objectContaining({ reason: "malformed transaction" }),
      }),
    );
  });

  it("BITCOIN_SIGNATURE_INVALID or a transaction for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (encoded) => {
        try {
          decodeTransaction(encoded);
        } catch (error) {
          expect(error).toMatchObject({
            code: "BITCOIN_SIGNATURE_INVALID",
            facts: { reason: "malformed transaction" },
          });
        }
      }),
    );
  });
});
