import { pbkdf2Sync } from "node:crypto";
import { validateMnemonic } from "@scure/bip39";
import { wordlist } from "@scure/bip39/wordlists/english.js";
import { cryptoErrors } from "../errors.ts";

function normaliseMnemonic(mnemonic: string): string {
  const words = mnemonic.normalize("NFKD").trim().split(/\s+/);
  const normalised = words.join(" ");
  if (!validateMnemonic(normalised, wordlist)) {
    throw cryptoErrors.CRYPTO_KEY_INVALID({
      kind: "BIP-39 phrase",
      expected: "12, 15, 18, 21 or 24 words of the English list, the last with a checksum",
      wordCount: words.length,
    });
  }
  return normalised;
}

/** Returns 64 bytes (BIP-39). */
export function mnemonicToSeed(mnemonic: string, passphrase = ""): Uint8Array {
  const salt = `mnemonic${passphrase.normalize("NFKD")}`;
  return new Uint8Array(pbkdf2Sync(normaliseMnemonic(mnemonic), salt, 2048, 64, "sha512"));
}
