import { base64 } from "@scure/base";
import { concatBytes } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal, thrownBy } from "../../testing/refusal.ts";
import { addressToScript } from "../bitcoin/address.ts";
import { list, varBytes } from "../bitcoin/encode.ts";
import { SIGNATURE_CHECKS_MAX, SignatureCounter } from "../bitcoin/SignatureCounter.ts";
import { type BitcoinTransaction, encodeBare, encodeOutput, txidOf } from "../bitcoin/transaction.ts";
import { bitcoinAddressOf, signBip322 } from "../testing/signBip322.ts";
import { decodeSignature } from "./decodeSignature.ts";
import { verifyBip322 } from "./verifyBip322.ts";
import { createToSign, createToSpend } from "./virtualTransactions.ts";

const key = new Uint8Array(32).fill(7);
const address = bitcoinAddressOf("p2wpkh", key);
const MESSAGE = "These are mine";
const toSpend = createToSpend(MESSAGE, addressToScript(address));
const END = Uint8Array.of(0);

type Fields = readonly (readonly [type: number, value: Uint8Array])[];

function map(fields: Fields): Uint8Array {
  return concatBytes(...fields.flatMap(([type, value]) => [Uint8Array.of(1, type), varBytes(value)]), END);
}

function proofOf(transaction: BitcoinTransaction, inputs: readonly Fields[], tail: Uint8Array = END): string {
  const magic = Uint8Array.of(0x70, 0x73, 0x62, 0x74, 0xff);
  const psbt = concatBytes(magic, map([[0x00, encodeBare(transaction)]]), ...inputs.map(map), tail);
  return `pof${base64.encode(psbt)}`;
}

const coinBefore: BitcoinTransaction = {
  version: 2,
  inputs: [{ txid: new Uint8Array(32).fill(1), vout: 0, scriptSig: END, sequence: 0, witness: [] }],
  outputs: [{ valueSat: 5000n, script: addressToScript(address) }],
  lockTime: 0,
};
const first = createToSign(toSpend);
const second = { ...(first.inputs[0] as (typeof first.inputs)[number]), txid: txidOf(coinBefore) };
const both: BitcoinTransaction = { ...first, inputs: [...first.inputs, second] };

function refusalOf(signature: string): unknown {
  return thrownBy(() => verifyBip322({ address, message: MESSAGE, signature }));
}

describe("proofs of funds", () => {
  it("without further coins equal a signature", () => {
    const simple = decodeSignature(signBip322("p2wpkh", key, MESSAGE));
    const witness = simple.format === "simple" ? list(simple.witness.map(varBytes)) : END;
    const verdict = verifyBip322({
      address,
      message: MESSAGE,
      signature: proofOf(first, [[[0x08, witness]]]),
    });
    expect(verdict).toMatchObject({ format: "proof-of-funds", coins: [] });
  });

  it("OWNERSHIP_SIGNATURE_INVALID: a missing coin, or a coin whose value nothing commits to", () => {
    const [output] = coinBefore.outputs;
    const shown = encodeOutput(output as (typeof coinBefore.outputs)[number]);
    expect(refusalOf(proofOf(both, [[], []]))).toEqual(
      refusal("OWNERSHIP_SIGNATURE_INVALID: an input spends a coin that the proof of funds does not show"),
    );
    expect(refusalOf(proofOf(both, [[], [[0x01, shown]]]))).toEqual(
      refusal("OWNERSHIP_SIGNATURE_INVALID: an input spends a coin that the proof of funds does not show"),
    );
    const other = { ...coinBefore, lockTime: 1 };
    expect(refusalOf(proofOf(both, [[], [[0x00, encodeBare(other)]]]))).toEqual(
      refusal("OWNERSHIP_SIGNATURE_INVALID: an input spends a coin that the proof of funds does not show"),
    );
  });

  it("BITCOIN_SIGNATURE_INVALID: a coin without a signature", () => {
    expect(refusalOf(proofOf(both, [[], [[0x00, encodeBare(coinBefore)]]]))).toEqual(
      refusal("BITCOIN_SIGNATURE_INVALID"),
    );
  });

  it("OWNERSHIP_SIGNATURE_INVALID: too many coins", () => {
    const more = Array.from({ length: 256 }, (_, vout) => ({ ...second, vout }));
    const many = { ...first, inputs: [...first.inputs, ...more] };
    expect(
      refusalOf(
        proofOf(
          many,
          many.inputs.map(() => []),
        ),
      ),
    ).toEqual(refusal("OWNERSHIP_SIGNATURE_INVALID: the transaction does not match the message and address"));
  });

  it("BITCOIN_SCRIPT_UNSUPPORTED: too many signatures", () => {
    const counter = new SignatureCounter();
    const run = () => {
      for (let count = 0; count <= SIGNATURE_CHECKS_MAX; count++) counter.check(() => true);
    };
    expect(run).toThrowError(expect.objectContaining({ code: "BITCOIN_SCRIPT_UNSUPPORTED" }));
    expect(counter.matched).toBe(SIGNATURE_CHECKS_MAX);
  });

  it("OWNERSHIP_SIGNATURE_INVALID: a duplicate field, scripts in the transaction, trailing bytes", () => {
    const signed: BitcoinTransaction = { ...first, inputs: [{ ...second, scriptSig: END }] };
    const twice: Fields = [
      [0x08, END],
      [0x08, END],
    ];
    for (const signature of [
      proofOf(first, [twice]),
      proofOf(signed, [[]]),
      proofOf(first, [[]], concatBytes(END, END)),
    ])
      expect(refusalOf(signature)).toEqual(refusal("OWNERSHIP_SIGNATURE_INVALID: not a BIP-322 signature"));
  });

  it("returns a verdict or a code with any byte changed", () => {
    const bytes = base64.decode(proofOf(both, [[], [[0x00, encodeBare(coinBefore)]]]).slice(3));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const changed = bytes.slice();
        changed[at] = byte;
        expect(refusalOf(`pof${base64.encode(changed)}`)).toMatchObject({
          code: expect.stringMatching(/^(OWNERSHIP_SIGNATURE_INVALID$|BITCOIN_)/),
        });
      }),
      { numRuns: 300 },
    );
  });
});
