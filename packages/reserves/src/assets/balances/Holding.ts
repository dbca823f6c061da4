import type { Hex } from "@trellis/base";

export interface Holding {
  readonly address: Hex;
  /** Contract; absent for the chain's coin. */
  readonly token?: Hex;
}
