import type { Hex } from "@trellis/base";

/** How an address's holder signed: each method says what is hashed. */
export type OwnershipMethod = "bip322" | "eip191" | "eip712" | "eip1271";

/** A signed challenge as its holder hands it in. */
export interface OwnershipClaim {
  /** The text of the challenge, as given out. */
  readonly challenge: string;
  readonly method: OwnershipMethod;
  /** `smp…`, `ful…` or `pof…` for bip322; hexadecimal for the others. */
  readonly signature: string;
}

/** What the verifier knows of the snapshot. */
export interface OwnershipExpectation {
  readonly custodian: string;
  readonly snapshotId: Hex;
  /** By chain (CAIP-2): the height at which it is counted. */
  readonly blockHeights: Readonly<Record<string, number>>;
  /** The snapshot's time: a Bitcoin lock by time is compared with it, and refused where it is absent. */
  readonly timeMs?: number;
}

/** Asks a contract wallet (EIP-1271). */
export interface ContractWallets {
  /** Whether the contract accepts a signature over a digest, in the state of the block at this height. */
  isValidSignature(question: {
    readonly chainId: number;
    readonly address: Hex;
    readonly digest: Hex;
    readonly signature: Hex;
    readonly blockHeight: number;
  }): Promise<boolean>;
}
