/** In the order of Ethereum's activation. */
export const FORK_NAMES = ["cancun", "prague", "osaka"] as const;
export type ForkName = (typeof FORK_NAMES)[number];

/** The EIPs that a fork turns on. [EVM-22] */
export interface Fork {
  /** Precompiles of BLS12-381 (EIP-2537). */
  readonly hasBls12381: boolean;
  /** A contract that stores the hashes of past blocks (EIP-2935). */
  readonly hasBlockHashHistory: boolean;
  /** Minimum gas per byte of call data (EIP-7623). */
  readonly hasCalldataFloor: boolean;
  /** Transactions of type 4 and delegated accounts (EIP-7702). */
  readonly hasSetCode: boolean;
  /** Limits (EIP-7823) and Ethereum's prices (EIP-7883) of modular exponentiation. */
  readonly hasOsakaModexp: boolean;
  /** EIP-7939. */
  readonly hasCountLeadingZeros: boolean;
  /** EIP-7951. */
  readonly hasP256Verify: boolean;
  /** Maximum gas limit of a transaction (EIP-7825). */
  readonly transactionGasMax: bigint | undefined;
  /** Of a transaction (EIP-4844, EIP-7594). Only conformance tests have blobs. [TX-1] */
  readonly blobsMax: number;
}

const cancun: Fork = {
  hasBls12381: false,
  hasBlockHashHistory: false,
  hasCalldataFloor: false,
  hasSetCode: false,
  hasOsakaModexp: false,
  hasCountLeadingZeros: false,
  hasP256Verify: false,
  transactionGasMax: undefined,
  blobsMax: 6,
};

const prague: Fork = {
  ...cancun,
  hasBls12381: true,
  hasBlockHashHistory: true,
  hasCalldataFloor: true,
  hasSetCode: true,
  blobsMax: 9,
};

const osaka: Fork = {
  ...prague,
  hasOsakaModexp: true,
  hasCountLeadingZeros: true,
  hasP256Verify: true,
  transactionGasMax: 1n << 24n,
  blobsMax: 6,
};

export const FORKS: Readonly<Record<ForkName, Fork>> = { cancun, prague, osaka };

/** Of networks. [PARAM-8] */
export const DEFAULT_FORK: ForkName = "osaka";

export interface ForkActivation {
  readonly name: ForkName;
  /** First chain block number with the fork's rules. */
  readonly number: number;
}

/** @param forks by rising number, the first from 0 */
export function forkAt(forks: readonly ForkActivation[], number: number): ForkName {
  return forks.findLast((fork) => fork.number <= number)!.name;
}
