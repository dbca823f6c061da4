import { bytesToHex, type Hex, type Random } from "@trellis/base";
import type { DeriveKey } from "../keystore/Keystore.ts";
import { derivationToJson, SCRYPT_STANDARD, type ScryptCost, toHex, uuid } from "../keystore/keystoreJson.ts";
import { checkCost } from "../keystore/parseKeystore.ts";
import { normalisedPassword } from "../keystore/password.ts";
import { type AccountAlgorithm, accountKeyAddress, accountKeyFromSecret } from "./AccountKey.ts";
import {
  ACCOUNT_KEY_FORMAT,
  ACCOUNT_KEY_VERSION,
  type AccountKeystore,
  associatedData,
  IV_SIZE,
  sealSecret,
} from "./AccountKeystore.ts";

interface SecretKey {
  readonly algorithm: AccountAlgorithm;
  readonly secret: Uint8Array;
  /** Lower case. Default: the key's own address. */
  readonly address?: Hex;
}

/** @throws CRYPTO_KEY_INVALID, KEYSTORE_INVALID */
export async function encryptAccountKey(
  { algorithm, secret, address }: SecretKey,
  password: string,
  { random, deriveKey }: { readonly random: Random; readonly deriveKey: DeriveKey },
  cost: ScryptCost = SCRYPT_STANDARD,
): Promise<AccountKeystore> {
  const key = accountKeyFromSecret(algorithm, secret);
  const { publicKey } = key;
  const bound = { address: address ?? accountKeyAddress(key), algorithm, publicKey };
  const derivation = { name: "scrypt", ...cost, salt: random.bytes(32) } as const;
  checkCost(derivation);
  const derived = await deriveKey(normalisedPassword(password), derivation);
  const iv = random.bytes(IV_SIZE);
  const ciphertext = await sealSecret(derived, iv, secret, associatedData(bound));
  return { id: uuid(random), ...bound, derivation, iv, ciphertext };
}

export function accountKeystoreToJson(keystore: AccountKeystore): string {
  const { id, address, algorithm, publicKey, derivation, iv, ciphertext } = keystore;
  return JSON.stringify({
    format: ACCOUNT_KEY_FORMAT,
    version: ACCOUNT_KEY_VERSION,
    id,
    address,
    algorithm,
    publicKey: bytesToHex(publicKey),
    crypto: {
      cipher: "aes-256-gcm",
      cipherparams: { iv: toHex(iv) },
      ciphertext: toHex(ciphertext),
      kdf: derivation.name,
      kdfparams: derivationToJson(derivation),
    },
  });
}
