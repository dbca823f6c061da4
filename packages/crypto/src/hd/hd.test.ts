import { bytesToHex } from "@trellis/base";
import { describe, expect, it } from "vitest";
import { refusal } from "../testing/refusal.ts";
import { accountsFromMnemonic } from "./derive.ts";
import { mnemonicToSeed } from "./mnemonic.ts";

const DEVNET = "test test test test test test test test test test test junk";
const ABANDON =
  "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

describe("mnemonics", () => {
  it("produces the seed of BIP-39's first test vector", () => {
    expect(bytesToHex(mnemonicToSeed(ABANDON, "TREZOR"))).toBe(
      "0xc55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04",
    );
  });

  it("accepts phrases with other white space", () => {
    expect(mnemonicToSeed(`  ${DEVNET.replaceAll(" ", "\n\t ")} `)).toEqual(mnemonicToSeed(DEVNET));
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
  it("derives the accounts of common development networks", () => {
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

  it("derives other accounts with a passphrase", () => {
    const [plain] = accountsFromMnemonic(DEVNET, 1);
    const [guarded] = accountsFromMnemonic(DEVNET, 1, "passphrase");
    expect(guarded!.address).not.toEqual(plain!.address);
  });
});
