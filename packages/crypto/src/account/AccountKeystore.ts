import { bytesToHex, type Hex } from "@trellis/base";
import type { KeyDerivation } from "../keystore/Keystore.ts";
import type { AccountAlgorithm } from "./AccountKey.ts";

export const ACCOUNT_KEY_FORMAT = "trellis-account-key";
export const ACCOUNT_KEY_VERSION = 1;
/** Bytes (NIST SP 800-38D, section 8.2). */
export const IV_SIZE = 12;

/** Encrypted with aes-256-gcm; key derived with scrypt or pbkdf2. [TX-15] */
export interface AccountKeystore {
  readonly id: string;
  readonly address: Hex;
  readonly algorithm: AccountAlgorithm;
  readonly publicKey: Uint8Array;
  readonly derivation: KeyDerivation;
  readonly iv: Uint8Array;
  /** 32-byte secret and 16-byte tag. */
  readonly ciphertext: Uint8Array;
}

export function associatedData({
  address,
  algorithm,
  publicKey,
}: Pick<AccountKeystore, "address" | "algorithm" | "publicKey">): Uint8Array {
  const bound = [ACCOUNT_KEY_FORMAT, ACCOUNT_KEY_VERSION, algorithm, address, bytesToHex(publicKey)];
  return new TextEncoder().encode(JSON.stringify(bound));
}

export async function sealSecret(
  derived: Uint8Array,
  iv: Uint8Array,
  secret: Uint8Array,
  associated: Uint8Array,
): Promise<Uint8Array> {
  const parameters = parametersOf(iv, associated);
  return new Uint8Array(
    await crypto.subtle.encrypt(parameters, await importKey(derived), Uint8Array.from(secret)),
  );
}

/** Undefined if the authentication tag does not match. */
export async function openCiphertext(
  derived: Uint8Array,
  iv: Uint8Array,
  ciphertext: Uint8Array,
  associated: Uint8Array,
): Promise<Uint8Array | undefined> {
  const key = await importKey(derived);
  try {
    const opened = await crypto.subtle.decrypt(
      parametersOf(iv, associated),
      key,
      Uint8Array.from(ciphertext),
    );
    return new Uint8Array(opened);
  } catch {
    return undefined;
  }
}

function parametersOf(iv: Uint8Array, associated: Uint8Array) {
  return { name: "AES-GCM", iv: Uint8Array.from(iv), additionalData: Uint8Array.from(associated) };
}

function importKey(derived: Uint8Array) {
  return crypto.subtle.importKey("raw", Uint8Array.from(derived), "AES-GCM", false, ["encrypt", "decrypt"]);
}
