import { bigintToBytes, bytesToHex, isTrellisError, type TrellisError } from "@trellis/base";
import { KEY_REGISTRY_ADDRESS } from "@trellis/contracts";
import { keccak256 } from "@trellis/crypto";
import {
  type Address,
  devParameters,
  type Hash,
  KEY_ALGORITHMS,
  type KeyAgileSignature,
  keyId,
  type NetworkParameters,
  recoverSender,
  signKeyAgile,
  signTransaction,
  TRANSACTION_TYPES,
  type Transaction,
  type UnsignedTransaction,
} from "@trellis/protocol";

export const COIN = 10n ** 18n;
export const GWEI = 10n ** 9n;
export const GENESIS_MS = Date.UTC(2025, 0, 1);

export const CONTRACT: Address = `0x${"c0".repeat(20)}`;

const NAMES = ["alice", "bob", "carol", "dave", "erin"] as const;
export type Name = (typeof NAMES)[number];

const secrets = new Map(NAMES.map((name) => [name, keccak256(new TextEncoder().encode(name))]));

export function secretOf(name: Name): Uint8Array {
  return secrets.get(name)!;
}

interface TransferOptions {
  readonly from: Name;
  readonly nonce: number | bigint;
  readonly to?: Address | null;
  readonly valueWei?: bigint;
  readonly data?: Uint8Array;
  readonly gasLimit?: bigint;
  readonly feeWei?: bigint;
  readonly tipWei?: bigint;
  readonly chainId?: bigint;
}

function unsigned(options: TransferOptions): UnsignedTransaction {
  return {
    type: TRANSACTION_TYPES.dynamicFee,
    chainId: options.chainId ?? 31_337n,
    nonce: BigInt(options.nonce),
    gasLimit: options.gasLimit ?? 100_000n,
    to: options.to === undefined ? addressOf("bob") : options.to,
    value: options.valueWei ?? 0n,
    data: options.data ?? new Uint8Array(0),
    accessList: [],
    maxFeePerGas: options.feeWei ?? 10n * GWEI,
    maxPriorityFeePerGas: options.tipWei ?? GWEI,
  };
}

export function transfer(options: TransferOptions): Transaction {
  return signTransaction(unsigned(options), secretOf(options.from));
}

export function transferByKey(options: TransferOptions, secret: Uint8Array): Transaction {
  return signKeyAgile(
    { ...unsigned(options), type: TRANSACTION_TYPES.keyAgile },
    { algorithm: KEY_ALGORITHMS.secp256k1, secret, from: addressOf(options.from) },
  );
}

export function keyIdOf(secret: Uint8Array): Hash {
  const signed = transferByKey({ from: "alice", nonce: 0 }, secret).signature as KeyAgileSignature;
  return keyId(signed.algorithm, signed.publicKey);
}

const addresses = new Map(
  NAMES.map((name) => [
    name,
    recoverSender(signTransaction(unsigned({ from: name, nonce: 0, to: null }), secretOf(name))),
  ]),
);

export function addressOf(name: Name): Address {
  return addresses.get(name)!;
}

export function minerAddress(index: number): Address {
  return bytesToHex(bigintToBytes(0xa0_00n + BigInt(index), 20));
}

export function testParameters(overrides: Partial<NetworkParameters> = {}): NetworkParameters {
  const accounts = [
    ...NAMES.map((name) => ({ address: addressOf(name), balance: 1_000n * COIN })),
    { address: CONTRACT, balance: 0n, nonce: 1n, code: Uint8Array.of(1) },
    { address: KEY_REGISTRY_ADDRESS, balance: 0n, nonce: 1n, code: Uint8Array.of(2) },
  ];
  return { ...devParameters({ accounts }), finalityDepth: 20, ...overrides };
}

export async function recoverSenders(
  transactions: readonly Transaction[],
): Promise<(Address | TrellisError)[]> {
  return transactions.map((transaction) => {
    try {
      return recoverSender(transaction);
    } catch (error) {
      if (isTrellisError(error)) return error;
      throw error;
    }
  });
}

export function slotOf(slot: bigint): Hash {
  return bytesToHex(bigintToBytes(slot, 32));
}

export function shallowParameters(): NetworkParameters {
  return testParameters({
    ghostdagK: 3,
    mergesetMax: 8,
    mergeDepth: 12,
    finalityDepth: 10,
    pruningDepth: 150,
    difficultyWindow: { size: 6, sampleRate: 1, sizeMin: 4 },
    medianTimeWindow: { size: 11, sampleRate: 1 },
    streams: testParameters().streams.map((stream) => ({ ...stream, difficulty: "window" as const })),
  });
}
