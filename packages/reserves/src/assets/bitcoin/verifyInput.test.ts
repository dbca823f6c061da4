import { concatBytes } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { hash160 } from "./hashes.ts";
import { SignatureCounter } from "./SignatureCounter.ts";
import { verifyInput } from "./verifyInput.ts";

const TWO_DROP = 0x6d;
const ELEMENT_SIZE = 520;
const pushElement = concatBytes(
  Uint8Array.of(0x4d, ELEMENT_SIZE & 0xff, ELEMENT_SIZE >> 8),
  new Uint8Array(520),
);

function spendByElements(count: number): void {
  const redeemScript = Uint8Array.of(...Array(count / 2).fill(TWO_DROP), 0x51);
  const pushes = Array<Uint8Array>(count).fill(pushElement);
  const scriptSig = concatBytes(...pushes, Uint8Array.of(redeemScript.length), redeemScript);
  const input = { txid: new Uint8Array(32), vout: 0, scriptSig, sequence: 0, witness: [] };
  const script = concatBytes(Uint8Array.of(0xa9, 20), hash160(redeemScript), Uint8Array.of(0x87));
  verifyInput({
    transaction: { version: 2, inputs: [input], outputs: [], lockTime: 0 },
    inputIndex: 0,
    coins: [{ valueSat: 0n, script }],
    counter: new SignatureCounter(),
  });
}

describe("spend of a script hash", () => {
  it("BITCOIN_SIGNATURE_INVALID: by a scriptSig of more than 10,000 bytes", () => {
    expect(() => spendByElements(18)).not.toThrow();
    expect(() => spendByElements(20)).toThrowError(
      expect.objectContaining({ code: "BITCOIN_SIGNATURE_INVALID" }),
    );
  });
});
