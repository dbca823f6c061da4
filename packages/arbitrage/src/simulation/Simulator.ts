import type { Hex } from "@trellis/base";
import type { ChainBlock } from "@trellis/client";

/** A message as an account would send it. */
export interface SimulationStep {
  readonly from: Hex;
  readonly to: Hex;
  readonly data: Hex;
  readonly gasLimit: bigint;
}

/** Whose balance of what to look at; "coin" is the chain's own. */
export interface Watched {
  readonly token: Hex | "coin";
  readonly account: Hex;
}

export interface SimulationInput {
  /** In whose state the steps run, as the next block would run them. */
  readonly block: Pick<ChainBlock, "height" | "hash" | "timeSeconds">;
  /** How long after that block the next one is taken to be. */
  readonly afterSeconds: number;
  /** Run one after the other, each on what those before it have done. */
  readonly steps: readonly [SimulationStep, ...SimulationStep[]];
  readonly watched: readonly Watched[];
}

export interface StepOutcome {
  readonly isSuccess: boolean;
  /** What the message used, without what a transaction pays before its first opcode, and before refunds. */
  readonly gasUsed: bigint;
  /** What it returned or reverted with: the first 4,096 bytes. */
  readonly output: Hex;
  /** Of what is watched, after it; undefined where a token does not tell. */
  readonly balances: readonly (bigint | undefined)[];
}

export interface SimulationResult {
  readonly before: readonly (bigint | undefined)[];
  /** By step. */
  readonly outcomes: readonly StepOutcome[];
}

/**
 * Port: runs messages on real bytecode and real state, changing nothing. [ARB-11]
 * Throws SIMULATION_UNSUPPORTED, SIMULATION_FAILED, and what the node's client throws.
 */
export interface Simulator {
  readonly name: string;
  simulate(input: SimulationInput): Promise<SimulationResult>;
}
