import type { Address, Hash } from "../words.ts";

/** EIP-155, EIP-2930, EIP-1559, EIP-7702, and Trellis's own type. */
export const TRANSACTION_TYPES = {
  legacy: 0x00,
  accessList: 0x01,
  dynamicFee: 0x02,
  setCode: 0x04,
  keyAgile: 0x50,
} as const;
export type TransactionType = (typeof TRANSACTION_TYPES)[keyof typeof TRANSACTION_TYPES];

export const KEY_ALGORITHMS = { mlDsa44: 1, mlDsa65: 2, secp256k1: 3 } as const;
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[keyof typeof KEY_ALGORITHMS];

export interface AccessListEntry {
  readonly address: Address;
  readonly storageKeys: readonly Hash[];
}

/** EIP-7702. Chain id 0 is valid on all chains. */
export interface UnsignedAuthorization {
  readonly chainId: bigint;
  /** The delegate, whose code the account runs. Zero ends the delegation. */
  readonly address: Address;
  readonly nonce: bigint;
}

export interface Authorization extends UnsignedAuthorization {
  /** Valid signatures have 0 or 1. */
  readonly yParity: number;
  readonly r: bigint;
  readonly s: bigint;
}

export interface EcdsaSignature {
  readonly kind: "ecdsa";
  readonly r: bigint;
  readonly s: bigint;
  readonly yParity: 0 | 1;
}

export interface KeyAgileSignature {
  readonly kind: "keyAgile";
  readonly from: Address;
  readonly algorithm: KeyAlgorithm;
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

export interface UnsignedTransaction {
  readonly type: TransactionType;
  readonly chainId: bigint;
  readonly nonce: bigint;
  readonly gasLimit: bigint;
  readonly to: Address | null;
  /** wei */
  readonly value: bigint;
  readonly data: Uint8Array;
  readonly accessList: readonly AccessListEntry[];
  /** Only of type 4. */
  readonly authorizationList?: readonly Authorization[];
  /** wei per gas. Types 0 and 1: the gas price. */
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/** Signature and funds are not checked. */
export interface Transaction extends UnsignedTransaction {
  readonly signature: EcdsaSignature | KeyAgileSignature;
  readonly hash: Hash;
  /** EIP-2718 envelope. */
  readonly encoded: Uint8Array;
}

export interface SignedBy {
  readonly transaction: Transaction;
  readonly sender: Address;
}
