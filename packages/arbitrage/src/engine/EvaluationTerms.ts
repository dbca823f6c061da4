import type { Hex } from "@trellis/base";
import type { TokenPrices } from "./Worth.ts";

/** The contract that executes, and for whom. */
export interface ExecutionAccounts {
  readonly arbitrageur: Hex;
  /** Who is allowed to call it. */
  readonly executor: Hex;
  /** Who receives the profit. */
  readonly owner: Hex;
}

export interface EvaluationTerms extends ExecutionAccounts {
  /** False where the contract is not on the chain: the pools' arithmetic decides, on paper only. */
  readonly isSimulated: boolean;
  readonly afterSeconds: number;
  /** Most gas that a trade may use. */
  readonly gasMax: bigint;
  /** Added to what the simulation used, in per cent. */
  readonly gasMarginPercent: number;
  readonly marginPpm: number;
  readonly thresholdWei: bigint;
  /** The most that is offered for a unit of gas. */
  readonly gasPriceWeiMax: bigint;
  readonly prices: TokenPrices;
}
