import type { Dissent } from "@trellis/client";
import type { ChainId } from "../assets/chainId.ts";
import type { ContractWallets } from "../assets/ownership/OwnershipClaim.ts";

/** How balances of a chain come here: a reader of an attestation must know. */
export type ReadingSource =
  | { readonly kind: "nodes"; readonly nodeCount: number; readonly quorum: number }
  /** Somebody says so, and nodes were not asked. */
  | { readonly kind: "statement"; readonly by: string };

/** A balance that is asked for. */
export interface ChainAccount {
  /** In its one form. */
  readonly address: string;
  /** The ERC-20 contract; null for the chain's coin. */
  readonly token: string | null;
}

/** What a chain said of accounts at one block. */
export interface ChainReading {
  readonly blockHash: string;
  /** When the block was made. */
  readonly blockTimeMs: number;
  /** In base units, in the order of the accounts. */
  readonly amounts: readonly bigint[];
  readonly dissent: readonly Dissent[];
}

/** Port: a chain on which reserves are, with whatever source its balances come from. */
export interface ReserveChain {
  readonly chain: ChainId;
  readonly source: ReadingSource;
  /** The newest block that is not reorganised any more. */
  height(): Promise<number>;
  /** @throws what the source throws: nodes that disagree, a statement of another block */
  read(height: number, accounts: readonly ChainAccount[]): Promise<ChainReading>;
  /** Decimal places of a base unit. */
  decimals(token: string | null, height: number): Promise<number>;
  /** Absent where there are no contract wallets. */
  readonly wallets?: ContractWallets;
}
