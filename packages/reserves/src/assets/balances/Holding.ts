import type { Hex } from "@trellis/base";

export interface Holding {
  readonly address: Hex;
  /** Absent for the native coin. */
  readonly token?: Hex;
}
