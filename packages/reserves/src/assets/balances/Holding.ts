import type { Hex } from "@trellis/base";

export interface Holding {
  readonly address: Hex;
  /** Token contract; absent for the native coin. */
  readonly token?: Hex;
}
