import { bech32m } from "@scure/base";
import { Address, NETWORK, OutScript, TEST_NETWORK } from "@scure/btc-signer";
import { bytesToHex } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal } from "../../testing/refusal.ts";
import { addressToScript, normalizeBitcoinAddress } from "./address.ts";

const hash = fc.uint8Array({ minLength: 20, maxLength: 20 });
const outputs = fc.oneof(
  hash.map((value) => ({ type: "pkh", hash: value }) as const),
  hash.map((value) => ({ type: "sh", hash: value }) as const),
  hash.map((value) => ({ type: "wpkh", hash: value }) as const),
  fc.uint8Array({ minLength: 32, maxLength: 32 }).map((value) => ({ type: "wsh", hash: value }) as const),
);

describe("Bitcoin addresses", () => {
  it("agree with another implementation", () => {
    fc.assert(
      fc.property(outputs, fc.boolean(), (output, isMain) => {
        const address = Address(isMain ? NETWORK : TEST_NETWORK).encode(output);
        const script = addressToScript(address, isMain ? "mainnet" : "testnet");
        expect(bytesToHex(script)).toBe(bytesToHex(OutScript.encode(output)));
      }),
    );
  });

  // BIP-350 vectors, versions 0 to 16.
  it.each([
    ["BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "0x0014751e76e8199196d454941c45d1b3a323f1433bd6"],
    [
      "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
      "0x5128751e76e8199196d454941c45d1b3a323f1433bd6751e76e8199196d454941c45d1b3a323f1433bd6",
    ],
    ["BC1SW50QGDZ25J", "0x6002751e"],
    ["bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs", "0x5210751e76e8199196d454941c45d1b3a323"],
  ])("%s", (address, script) => {
    expect(bytesToHex(addressToScript(address))).toBe(script);
    expect(normalizeBitcoinAddress(address)).toBe(address.toLowerCase());
  });

  it.each([
    // Invalid BIP-350 vectors; then base58check errors: checksum, version, length.
    "tc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq5zuyut",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
    "BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh",
    "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
    "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R",
    "bc1pw5dgrnzv",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav",
    "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf",
    "bc1gmk9yu",
    "Bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
    "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn",
    "",
    "1".repeat(200),
  ])("CHAIN_ADDRESS_INVALID: %s", (address) => {
    expect(() => addressToScript(address)).toThrowError(
      refusal("CHAIN_ADDRESS_INVALID: not a Bitcoin address of this network"),
    );
  });

  it("CHAIN_ADDRESS_INVALID or a script for any text", () => {
    const words = fc.array(fc.nat(31), { maxLength: 60 }).map((values) => bech32m.encode("bc", values, 90));
    fc.assert(
      fc.property(fc.oneof(fc.string(), words), (address) => {
        try {
          expect(addressToScript(address).length).toBeGreaterThan(3);
        } catch (error) {
          expect(error).toMatchObject({
            code: "CHAIN_ADDRESS_INVALID",
            facts: expect.objectContaining({ reason: "not a Bitcoin address of this network" }),
          });
        }
      }),
    );
  });
});
