import type { Hex } from "@trellis/base";

/** The coin of the chain at an address, or an ERC-20 token. */
export interface Holding {
  readonly address: Hex;
  /** The token's contract; absent for the coin. */
  readonly token?: Hex;
}
