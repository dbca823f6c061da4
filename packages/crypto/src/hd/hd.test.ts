import { bytesToHex, hexToBytes } from "@trellis/base";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refusal } from "../fixtures/refusal.ts";
import { accountsFromMnemonic, derivePrivateKey } from "./derive.ts";
import { createMnemonic, mnemonicToSeed } from "./mnemonic.ts";

const DEVNET = "test test test test test test test test test test test junk";
const ABANDON =
  "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

describe("mnemonics", () => {
  it("gives the seed of BIP-39's first test vector", () => {
    expect(bytesToHex(mnemonicToSeed(ABANDON, "TREZOR"))).toBe(
      "0xc55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04",
    );
  });

  it("reads phrases with other white space alike", () => {
    expect(mnemonicToSeed(`  ${DEVNET.replaceAll(" ", "\n\t ")} `)).toEqual(mnemonicToSeed(DEVNET));
  });

  it("makes the phrases that BIP-39 gives for entropy of zeros and ones", () => {
    expect(createMnemonic({ bytes: (count) => new Uint8Array(count) })).toBe(ABANDON);
    const ones = createMnemonic({ bytes: (count) => new Uint8Array(count).fill(255) }, 24);
    expect(ones).toBe(`${"zoo ".repeat(23)}vote`);
  });

  it.each([
    ["a wrong checksum", DEVNET.replace("junk", "test")],
    ["eleven words", DEVNET.replace("test ", "")],
    ["an unknown word", DEVNET.replace("junk", "trellis")],
    ["capitals", DEVNET.toUpperCase()],
    ["nothing", ""],
  ])("CRYPTO_KEY_INVALID, BIP-39 phrase: %s, without showing the words", (_, phrase) => {
    expect(() => mnemonicToSeed(phrase)).toThrow(refusal("CRYPTO_KEY_INVALID: BIP-39 phrase"));
    expect(() => mnemonicToSeed(phrase)).not.toThrow(/test|trellis|TEST/);
  });
});

describe("derivation", () => {
  it("gives the accounts that the ecosystem's development networks have", () => {
    const accounts = accountsFromMnemonic(DEVNET, 10);
    expect(accounts.map(({ path, address }) => [path, bytesToHex(address)]).slice(0, 2)).toEqual([
      ["m/44'/60'/0'/0/0", "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"],
      ["m/44'/60'/0'/0/1", "0x70997970c51812dc3a010c7d01b50e0d17dc79c8"],
    ]);
    expect(bytesToHex(accounts[0]!.privateKey)).toBe(
      "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    );
    expect(bytesToHex(accounts[9]!.address)).toBe("0xa0ee7a142d267c1f36714e4a8f75612f20a79720");
  });

  it("gives other accounts with a passphrase", () => {
    const [plain] = accountsFromMnemonic(DEVNET, 1);
    const [guarded] = accountsFromMnemonic(DEVNET, 1, "passphrase");
    expect(guarded!.address).not.toEqual(plain!.address);
  });

  /** BIP-32, test vector 1. */
  it.each([
    ["m", "0xe8f32e723decf4051aefac8e2c93c9c5b214313817cdb01a1494b917c8436b35"],
    ["m/0'", "0xedb2e14f9ee77d26dd93b4ecede8d16ed408ce149b6cd80b0715a2d911a0afea"],
    ["m/0'/1", "0x3c6cb8d0f6a264c91ea8b5030fadaa8e538b020f0a387421a12de9319dc93368"],
    ["m/0'/1/2'/2/1000000000", "0x471b76e389e528d6de6d816857e012c5455051cad6660850e58372a6c3e6e7c8"],
  ])("gives BIP-32's key at %s", (path, expected) => {
    expect(bytesToHex(derivePrivateKey(hexToBytes("0x000102030405060708090a0b0c0d0e0f"), path))).toBe(
      expected,
    );
  });

  it("CRYPTO_KEY_INVALID: BIP-32 seed", () => {
    for (const size of [0, 15, 65]) {
      expect(() => derivePrivateKey(new Uint8Array(size), "m")).toThrow(
        refusal("CRYPTO_KEY_INVALID: BIP-32 seed"),
      );
    }
  });

  it.each(["", "0/1", "m/", "m//1", "m/-1", "m/1h", "m/2147483648", "m/1''", "m/x", `m${"/0".repeat(256)}`])(
    "CRYPTO_KEY_INVALID, BIP-32 path: %j",
    (path) => {
      expect(() => derivePrivateKey(new Uint8Array(32), path)).toThrow(
        refusal("CRYPTO_KEY_INVALID: BIP-32 path"),
      );
    },
  );

  it("refuses every other path with the code", () => {
    const seed = new Uint8Array(32).fill(1);
    const paths = fc.oneof(fc.string(), fc.stringMatching(/^m(\/[0-9']{0,4}){0,3}$/));
    fc.assert(
      fc.property(paths, (path) => {
        try {
          expect(derivePrivateKey(seed, path)).toHaveLength(32);
        } catch (error) {
          expect(error).toEqual(refusal("CRYPTO_KEY_INVALID: BIP-32 path"));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
