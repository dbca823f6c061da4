import { bytesToHex, concatBytes, type Hex, hexToBytes } from "@trellis/base";
import { ACCOUNT_ALGORITHMS, type AccountAlgorithm, type AccountKey } from "@trellis/crypto/account";
import { keccak256, toRlp } from "viem/utils";

type RlpField = Hex | readonly RlpField[];

export interface KeyAgileTransaction {
  readonly chainId: number;
  readonly nonce: number;
  readonly maxPriorityFeePerGas: bigint;
  readonly maxFeePerGas: bigint;
  /** Includes the signature's gas. */
  readonly gasLimit: bigint;
  /** Null creates a contract. */
  readonly to: Hex | null;
  readonly valueWei: bigint;
  readonly data: Hex;
  readonly accessList?: readonly { readonly address: Hex; readonly storageKeys: readonly Hex[] }[];
}

const TYPE: Hex = "0x50";
const SIGNATURE_SIZES: Readonly<Record<AccountAlgorithm, number>> = {
  "ml-dsa-44": 2420,
  "ml-dsa-65": 3309,
  secp256k1: 64,
};
/** [TX-5] */
const VERIFICATION_GAS: Readonly<Record<AccountAlgorithm, bigint>> = {
  "ml-dsa-44": 4_500n,
  "ml-dsa-65": 7_200n,
  secp256k1: 3_000n,
};
/** EIP-2028. */
const ZERO_BYTE_GAS = 4n;
const NONZERO_BYTE_GAS = 16n;

/** Upper bound: prices each signature byte as nonzero. [TX-12] */
export function signatureGas({ algorithm, publicKey }: Pick<AccountKey, "algorithm" | "publicKey">): bigint {
  let gas = VERIFICATION_GAS[algorithm] + BigInt(SIGNATURE_SIZES[algorithm]) * NONZERO_BYTE_GAS;
  for (const byte of publicKey) gas += byte === 0 ? ZERO_BYTE_GAS : NONZERO_BYTE_GAS;
  return gas;
}

/** [TX-5] [TX-7] */
export async function signKeyAgile(
  transaction: KeyAgileTransaction,
  from: Hex,
  key: AccountKey,
): Promise<Hex> {
  const fields = fieldsOf(transaction, from, key);
  const signature = await signHash(envelope(fields), key);
  return envelope([...fields, bytesToHex(signature)]);
}

/** Drops the recovery bit: the transaction contains the public key. */
async function signHash(signed: Hex, key: AccountKey): Promise<Uint8Array> {
  const signature = await key.sign(hexToBytes(keccak256(signed)));
  return signature.subarray(0, SIGNATURE_SIZES[key.algorithm]);
}

function fieldsOf(
  transaction: KeyAgileTransaction,
  from: Hex,
  { algorithm, publicKey }: AccountKey,
): RlpField[] {
  const { chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gasLimit, to, valueWei, data } = transaction;
  const numbers = [chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gasLimit].map(integer);
  const listed = (transaction.accessList ?? []).map(({ address, storageKeys }) => [address, storageKeys]);
  const key = [integer(ACCOUNT_ALGORITHMS[algorithm]), bytesToHex(publicKey)];
  return [...numbers, from, to ?? "0x", integer(valueWei), data, listed, ...key];
}

function envelope(fields: readonly RlpField[]): Hex {
  return bytesToHex(concatBytes(hexToBytes(TYPE), toRlp(fields, "bytes")));
}

/** [RLP-2] */
function integer(value: number | bigint): Hex {
  const hex = BigInt(value) === 0n ? "" : BigInt(value).toString(16);
  return `0x${hex.length % 2 === 0 ? "" : "0"}${hex}`;
}
