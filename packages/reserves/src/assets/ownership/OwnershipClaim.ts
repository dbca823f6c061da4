import type { Hex } from "@trellis/base";

export type OwnershipMethod = "bip322" | "eip191" | "eip712" | "eip1271";

export interface OwnershipClaim {
  readonly challenge: string;
  readonly method: OwnershipMethod;
  /** `smp…`, `ful…` or `pof…` for bip322; hexadecimal otherwise. */
  readonly signature: string;
}

export interface OwnershipExpectation {
  readonly custodian: string;
  readonly snapshotId: Hex;
  /** Keyed by CAIP-2 chain. */
  readonly blockHeights: Readonly<Record<string, number>>;
  /** If missing, time-locked Bitcoin addresses fail. */
  readonly timeMs?: number;
}

/** EIP-1271. */
export interface ContractWallets {
  isValidSignature(question: {
    readonly chainId: number;
    readonly address: Hex;
    readonly digest: Hex;
    readonly signature: Hex;
    readonly blockHeight: number;
  }): Promise<boolean>;
}
