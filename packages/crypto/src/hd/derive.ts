import { HDKey } from "@scure/bip32";
import { cryptoErrors } from "../errors.ts";
import { privateKeyToAddress } from "../secp256k1/keys.ts";
import { mnemonicToSeed } from "./mnemonic.ts";

export interface DerivedAccount {
  /** BIP-32 path, `m/44'/60'/0'/0/0`. */
  readonly path: string;
  readonly privateKey: Uint8Array;
  /** 20 bytes. */
  readonly address: Uint8Array;
}

/** Where Ethereum wallets look for accounts (BIP-44, coin type 60). */
const PATH_FORM = "m/44'/60'/0'/0/0: indexes below 2^31, an apostrophe for a hardened step";
const ETHEREUM_BRANCH = "m/44'/60'/0'/0";
const PATH_PATTERN = /^m(?:\/\d{1,10}'?)*$/;
const HARDENED_OFFSET = 2 ** 31;
/** BIP-32 keeps the depth in one byte. */
const DEPTH_MAX = 255;

/**
 * The first accounts of a phrase, as Ethereum wallets number them.
 * @throws CRYPTO_KEY_INVALID
 */
export function accountsFromMnemonic(mnemonic: string, count: number, passphrase = ""): DerivedAccount[] {
  const branch = deriveKey(mnemonicToSeed(mnemonic, passphrase), ETHEREUM_BRANCH);
  return Array.from({ length: count }, (_, index) => {
    const privateKey = privateKeyOf(branch.deriveChild(index));
    return { path: `${ETHEREUM_BRANCH}/${index}`, privateKey, address: privateKeyToAddress(privateKey) };
  });
}

/**
 * A private key of 32 bytes. Source: BIP-32.
 * @param seed 16 to 64 bytes
 * @throws CRYPTO_KEY_INVALID
 */
export function derivePrivateKey(seed: Uint8Array, path: string): Uint8Array {
  return privateKeyOf(deriveKey(seed, path));
}

function deriveKey(seed: Uint8Array, path: string): HDKey {
  if (seed.length < 16 || seed.length > 64)
    throw cryptoErrors.CRYPTO_KEY_INVALID({
      kind: "BIP-32 seed",
      expected: "16 to 64 bytes",
      length: seed.length,
    });
  checkPath(path);
  return HDKey.fromMasterSeed(seed).derive(path);
}

function checkPath(path: string): void {
  const steps = path.split("/").slice(1);
  const areIndexesKnown = steps.every((step) => Number.parseInt(step, 10) < HARDENED_OFFSET);
  if (!PATH_PATTERN.test(path) || !areIndexesKnown || steps.length > DEPTH_MAX) {
    throw cryptoErrors.CRYPTO_KEY_INVALID({
      kind: "BIP-32 path",
      expected: PATH_FORM,
      path: path.slice(0, 80),
    });
  }
}

function privateKeyOf(key: HDKey): Uint8Array {
  // A key made from a seed always holds its private half.
  return key.privateKey as Uint8Array;
}
