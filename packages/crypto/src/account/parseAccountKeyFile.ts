import { bytesEqual, bytesToHex, type Hex } from "@trellis/base";
import { cryptoErrors } from "../errors.ts";
import { decryptWeb3 } from "../keystore/decryptWeb3.ts";
import {
  malformed,
  parseJson,
  readBytes,
  readObject,
  readText,
  requireSupported,
} from "../keystore/fields.ts";
import { parseKeystore, readDerivation } from "../keystore/parseKeystore.ts";
import { normalisedPassword } from "../keystore/password.ts";
import {
  type AccountAlgorithm,
  accountKeyAddress,
  accountKeyFromSecret,
  isAccountAlgorithm,
  isAccountPublicKey,
} from "./AccountKey.ts";
import type { AccountKeyFile } from "./AccountKeyFile.ts";
import {
  ACCOUNT_KEY_FORMAT,
  type AccountKeystore,
  associatedData,
  IV_SIZE,
  openCiphertext,
} from "./AccountKeystore.ts";

const PUBLIC_KEY_SIZE_MAX = 1952;
/** Bytes, including the AES-GCM tag. */
const CIPHERTEXT_SIZE = 48;

/** @throws KEYSTORE_INVALID */
export function parseAccountKeyFile(text: string): AccountKeyFile {
  const { format } = parseJson(text);
  if (format !== undefined) return fileOf(parseAccountKeystore(text));
  const keystore = parseKeystore(text);
  return {
    id: keystore.id,
    address: keystore.address === undefined ? undefined : bytesToHex(keystore.address),
    algorithm: "secp256k1",
    publicKey: undefined,
    decrypt: (password, deriveKey) => decryptWeb3(keystore, password, { deriveKey, addressOf }),
  };
}

function addressOf(secret: Uint8Array): Hex {
  return accountKeyAddress(accountKeyFromSecret("secp256k1", secret));
}

export function parseAccountKeystore(text: string): AccountKeystore {
  const file = parseJson(text);
  requireSupported("format", file.format, [ACCOUNT_KEY_FORMAT]);
  requireSupported("version", file.version, [1]);
  const { algorithm } = file;
  if (!isAccountAlgorithm(algorithm)) {
    throw cryptoErrors.KEYSTORE_INVALID({ reason: "not supported", field: "algorithm" });
  }
  const crypto = readObject(file, "crypto");
  requireSupported("crypto.cipher", crypto.cipher, ["aes-256-gcm"]);
  return {
    id: readText(file, "id", "id"),
    address: bytesToHex(readBytes(file, "address", "address", 20)),
    algorithm,
    publicKey: readPublicKey(
      readBytes(file, "publicKey", "publicKey", undefined, PUBLIC_KEY_SIZE_MAX),
      algorithm,
    ),
    derivation: readDerivation(crypto.kdf, readObject(crypto, "kdfparams")),
    iv: readBytes(readObject(crypto, "cipherparams"), "iv", "crypto.cipherparams.iv", IV_SIZE),
    ciphertext: readBytes(crypto, "ciphertext", "crypto.ciphertext", CIPHERTEXT_SIZE),
  };
}

function readPublicKey(publicKey: Uint8Array, algorithm: AccountAlgorithm): Uint8Array {
  if (isAccountPublicKey(algorithm, publicKey)) return publicKey;
  throw malformed("publicKey", { algorithm, length: publicKey.length });
}

function fileOf(keystore: AccountKeystore): AccountKeyFile {
  const { id, address, algorithm, publicKey, derivation, iv, ciphertext } = keystore;
  return {
    id,
    address,
    algorithm,
    publicKey,
    async decrypt(password, deriveKey) {
      const derived = await deriveKey(normalisedPassword(password), derivation);
      const secret = await openCiphertext(derived, iv, ciphertext, associatedData(keystore));
      if (secret === undefined) throw cryptoErrors.KEYSTORE_PASSWORD_WRONG({ id: id.slice(0, 64) });
      const actual = accountKeyFromSecret(algorithm, secret).publicKey;
      if (!bytesEqual(actual, publicKey)) throw malformed("publicKey", { algorithm });
      return secret;
    },
  };
}
