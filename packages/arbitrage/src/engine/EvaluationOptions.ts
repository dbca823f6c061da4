import type { Hex } from "@trellis/base";
import type { TokenPrices } from "./Worth.ts";

export interface ExecutionAccounts {
  readonly arbitrageur: Hex;
  readonly executor: Hex;
  readonly owner: Hex;
}

export interface EvaluationOptions extends ExecutionAccounts {
  /** False in paper mode without an Arbitrageur contract: pool arithmetic replaces simulation. */
  readonly isSimulated: boolean;
  readonly afterSeconds: number;
  readonly gasMax: bigint;
  /** Margin of the gas limit over the simulated gas. */
  readonly gasMarginPercent: number;
  readonly marginPpm: number;
  readonly thresholdWei: bigint;
  readonly gasPriceWeiMax: bigint;
  readonly prices: TokenPrices;
}
