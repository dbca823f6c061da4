import { bytesToHex, concatBytes, type Hex, hexToBytes, isHex } from "@trellis/base";
import {
  ACCOUNT_ALGORITHMS,
  type AccountAlgorithm,
  type AccountKey,
  accountKeyAddress,
  accountKeyId,
  isAccountPublicKey,
  recoverAccountKey,
  verifyAccountSignature,
} from "@trellis/crypto/account";
import { fromRlp, toRlp } from "viem/utils";
import { signsPlainly } from "./createAccountSigner.ts";

const TYPE = 0x50;
const ALGORITHMS = Object.keys(ACCOUNT_ALGORITHMS) as readonly AccountAlgorithm[];
/** ML-DSA-65 key and signature, with RLP headers. */
const SIGNATURE_BYTES_MAX = 5_300;
const PLAIN_SIZE = 65;

/** Returns Ethereum's 65-byte signature if valid, otherwise the key-agile encoding. [TX-14] */
export async function signAccountHash(hash: Hex, address: Hex, key: AccountKey): Promise<Hex> {
  const signature = await key.sign(hexToBytes(hash));
  if (signsPlainly(address, key)) {
    const v = 27 + (signature[64] ?? 0);
    return bytesToHex(concatBytes(signature.subarray(0, 64), Uint8Array.of(v)));
  }
  const compact = key.algorithm === "secp256k1" ? signature.subarray(0, 64) : signature;
  const fields = [Uint8Array.of(ACCOUNT_ALGORITHMS[key.algorithm]), key.publicKey, compact];
  return bytesToHex(concatBytes(Uint8Array.of(TYPE), toRlp(fields, "bytes")));
}

export interface SignedHash {
  readonly hash: Hex;
  readonly signature: Hex;
  readonly account: Hex;
  /** Undefined if the key was never rotated. */
  readonly registeredKeyId: Hex | undefined;
}

export function verifySignedHash({ hash, signature, account, registeredKeyId }: SignedHash): boolean {
  const signed = decodeSignature(hash, signature);
  if (signed === undefined) return false;
  const { key, compact } = signed;
  const address = account.toLowerCase();
  const speaks =
    registeredKeyId === undefined
      ? accountKeyAddress(key) === address || accountKeyId(key).endsWith(address.slice(2))
      : accountKeyId(key) === registeredKeyId.toLowerCase();
  return speaks && verifyAccountSignature(hexToBytes(hash), compact, key);
}

interface Decoded {
  readonly key: { readonly algorithm: AccountAlgorithm; readonly publicKey: Uint8Array };
  readonly compact: Uint8Array;
}

function decodeSignature(hash: Hex, signature: Hex): Decoded | undefined {
  if (!isHex(hash, 32) || !isHex(signature) || signature.length > 2 + 2 * SIGNATURE_BYTES_MAX)
    return undefined;
  const bytes = hexToBytes(signature);
  return bytes.length === PLAIN_SIZE ? decodePlain(hash, bytes) : decodeEnvelope(bytes);
}

function decodePlain(hash: Hex, bytes: Uint8Array): Decoded | undefined {
  const yParity = bytes[64]! - 27;
  const compact = bytes.subarray(0, 64);
  const publicKey = recoverAccountKey(hexToBytes(hash), concatBytes(compact, Uint8Array.of(yParity)));
  return publicKey && { key: { algorithm: "secp256k1", publicKey }, compact };
}

function decodeEnvelope(bytes: Uint8Array): Decoded | undefined {
  const fields = bytes[0] === TYPE ? rlpListOf(bytes.subarray(1)) : undefined;
  if (fields?.length !== 3 || !fields.every((field) => isHex(field))) return undefined;
  const [number, publicKey, compact] = fields.map((field) => hexToBytes(field as Hex));
  const algorithm = ALGORITHMS.find(
    (name) => number!.length === 1 && ACCOUNT_ALGORITHMS[name] === number![0],
  );
  if (algorithm === undefined || !isAccountPublicKey(algorithm, publicKey!)) return undefined;
  return { key: { algorithm, publicKey: publicKey! }, compact: compact! };
}

/** Undefined for non-canonical RLP. */
function rlpListOf(bytes: Uint8Array): readonly unknown[] | undefined {
  try {
    const list = fromRlp(bytes, "hex");
    return Array.isArray(list) && toRlp(list, "hex") === bytesToHex(bytes) ? list : undefined;
  } catch {
    return undefined;
  }
}
