import type { Dissent } from "@trellis/client";
import type { ChainId } from "../assets/chainId.ts";
import type { ContractWallets } from "../assets/ownership/OwnershipClaim.ts";

export type ReadingSource =
  | { readonly kind: "nodes"; readonly nodeCount: number; readonly quorum: number }
  | { readonly kind: "statement"; readonly by: string };

export interface ChainAccount {
  readonly address: string;
  /** ERC-20 contract; null for the native coin. */
  readonly token: string | null;
}

export interface ChainReading {
  readonly blockHash: string;
  readonly blockTimeMs: number;
  /** Base units, in the order of the accounts. */
  readonly amounts: readonly bigint[];
  readonly dissent: readonly Dissent[];
}

export interface ReserveChain {
  readonly chain: ChainId;
  readonly source: ReadingSource;
  height(): Promise<number>;
  read(height: number, accounts: readonly ChainAccount[]): Promise<ChainReading>;
  decimals(token: string | null, height: number): Promise<number>;
  /** Absent on chains without contract wallets (Bitcoin). */
  readonly wallets?: ContractWallets;
}
