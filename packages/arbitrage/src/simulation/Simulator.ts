import type { Hex } from "@trellis/base";
import type { ChainBlock } from "@trellis/client";

export interface SimulationStep {
  readonly from: Hex;
  readonly to: Hex;
  readonly data: Hex;
  readonly gasLimit: bigint;
}

export interface Watched {
  readonly token: Hex | "coin";
  readonly account: Hex;
}

export interface SimulationInput {
  readonly block: Pick<ChainBlock, "height" | "hash" | "timeSeconds">;
  /** Seconds from `block` to the simulated block. */
  readonly afterSeconds: number;
  readonly steps: readonly [SimulationStep, ...SimulationStep[]];
  readonly watched: readonly Watched[];
}

export interface StepOutcome {
  readonly isSuccess: boolean;
  /** Before refunds, without intrinsic gas. */
  readonly gasUsed: bigint;
  /** First 4,096 bytes. */
  readonly output: Hex;
  /** Undefined if the token returns no balance. */
  readonly balances: readonly (bigint | undefined)[];
}

export interface SimulationResult {
  readonly before: readonly (bigint | undefined)[];
  readonly outcomes: readonly StepOutcome[];
}

/** [ARB-11] Throws SIMULATION_FAILED and the node client's errors. */
export interface Simulator {
  readonly name: string;
  simulate(input: SimulationInput): Promise<SimulationResult>;
}
