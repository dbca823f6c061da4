import { base64 } from "@scure/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal, thrownBy } from "../../testing/refusal.ts";
import { bitcoinAddressOf, type KeyKind, signBip322 } from "../testing/signBip322.ts";
import { verifyBip322 } from "./verifyBip322.ts";

const key = new Uint8Array(32).fill(7);
const MESSAGE = "I own this";
const KINDS: readonly KeyKind[] = ["p2wpkh", "p2tr", "p2pkh", "p2sh-p2wpkh"];
const REFUSALS = /^(?:OWNERSHIP_SIGNATURE_INVALID$|BITCOIN_)/;

describe.each(KINDS)("BIP-322 by %s", (kind) => {
  const address = bitcoinAddressOf(kind, key);
  const signature = signBip322(kind, key, MESSAGE);
  const bytes = base64.decode(signature.slice(3));

  it("accepts a signature of another implementation", () => {
    const format = signature.startsWith("smp") ? "simple" : "full";
    const verdict = { format, signatureCount: 1, lockTime: 0, sequence: 0, coins: [] };
    expect(verifyBip322({ address, message: MESSAGE, signature })).toEqual(verdict);
  });

  it("refuses another message and another key's address", () => {
    const other = bitcoinAddressOf(kind, new Uint8Array(32).fill(8));
    expect(thrownBy(() => verifyBip322({ address, message: `${MESSAGE} `, signature }))).toMatchObject({
      code: expect.stringMatching(REFUSALS),
    });
    expect(thrownBy(() => verifyBip322({ address: other, message: MESSAGE, signature }))).toMatchObject({
      code: expect.stringMatching(REFUSALS),
    });
  });

  it("refuses any flipped bit, truncation or extension", () => {
    const prefix = signature.slice(0, 3);
    const changes = fc.oneof(
      fc.nat(bytes.length * 8 - 1).map((bit) => {
        const copy = bytes.slice();
        copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
        return copy;
      }),
      fc.nat(bytes.length - 1).map((length) => bytes.slice(0, length)),
      fc.uint8Array({ minLength: 1, maxLength: 4 }).map((more) => Uint8Array.of(...bytes, ...more)),
    );
    fc.assert(
      fc.property(changes, (changed) => {
        const forged = prefix + base64.encode(changed);
        expect(thrownBy(() => verifyBip322({ address, message: MESSAGE, signature: forged }))).toMatchObject({
          code: expect.stringMatching(REFUSALS),
        });
      }),
      { numRuns: 300 },
    );
  });
});

describe("BIP-322 refusals", () => {
  const address = bitcoinAddressOf("p2wpkh", key);

  it.each(["", "smp", "ful", "pof", "!!", "smpAA", "pofcHNidP8=", "smpAA==AA"])(
    "OWNERSHIP_SIGNATURE_INVALID: %j",
    (signature) => {
      expect(thrownBy(() => verifyBip322({ address, message: MESSAGE, signature }))).toEqual(
        refusal("OWNERSHIP_SIGNATURE_INVALID: not a BIP-322 signature"),
      );
    },
  );

  it("BITCOIN_SIGNATURE_INVALID: a witness that spends nothing", () => {
    expect(thrownBy(() => verifyBip322({ address, message: MESSAGE, signature: "smpAA==" }))).toEqual(
      refusal("BITCOIN_SIGNATURE_INVALID"),
    );
  });

  it("OWNERSHIP_SIGNATURE_INVALID: a simple signature for a script other than native segwit", () => {
    const legacy = bitcoinAddressOf("p2pkh", key);
    const signature = signBip322("p2wpkh", key, MESSAGE);
    expect(thrownBy(() => verifyBip322({ address: legacy, message: MESSAGE, signature }))).toEqual(
      refusal("OWNERSHIP_SIGNATURE_INVALID: a simple BIP-322 signature is only for native segwit addresses"),
    );
  });

  it("OWNERSHIP_SIGNATURE_INVALID: another coin, another output, another version, a second input", () => {
    const legacy = bitcoinAddressOf("p2pkh", key);
    const signature = signBip322("p2pkh", key, MESSAGE);
    const bytes = base64.decode(signature.slice(3));
    const output = bytes.lastIndexOf(0x6a);
    for (const at of [5, output, output - 9, 1]) {
      const forged = bytes.slice();
      forged[at] = (forged[at] as number) ^ 1;
      const claim = { address: legacy, message: MESSAGE, signature: `ful${base64.encode(forged)}` };
      expect(thrownBy(() => verifyBip322(claim))).toEqual(
        refusal("OWNERSHIP_SIGNATURE_INVALID: the transaction does not match the message and address"),
      );
    }
    const input = bytes.slice(5, output - 10);
    const twice = Uint8Array.of(...bytes.slice(0, 4), 2, ...input, ...input, ...bytes.slice(output - 10));
    const claim = { address: legacy, message: MESSAGE, signature: `ful${base64.encode(twice)}` };
    expect(thrownBy(() => verifyBip322(claim))).toEqual(
      refusal("OWNERSHIP_SIGNATURE_INVALID: the transaction does not match the message and address"),
    );
  });

  it("CHAIN_ADDRESS_INVALID: an address of another network", () => {
    const signature = signBip322("p2wpkh", key, MESSAGE);
    expect(
      thrownBy(() => verifyBip322({ address, message: MESSAGE, signature, network: "testnet" })),
    ).toEqual(refusal("CHAIN_ADDRESS_INVALID: not a Bitcoin address of this network"));
  });

  it("returns a verdict or a code for any text", () => {
    const texts = fc.tuple(
      fc.constantFrom("smp", "ful", "pof", "pofcHNidP8B", ""),
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map((bytes) => base64.encode(bytes)),
        fc.string(),
      ),
    );
    fc.assert(
      fc.property(texts, ([prefix, rest]) => {
        const signature = prefix + rest;
        expect(thrownBy(() => verifyBip322({ address, message: MESSAGE, signature }))).toMatchObject({
          code: expect.stringMatching(REFUSALS),
        });
      }),
      { numRuns: 300 },
    );
  });
});
