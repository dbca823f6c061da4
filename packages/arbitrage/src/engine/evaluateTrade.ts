import type { Hex } from "@trellis/base";
import type { HopKind } from "@trellis/contracts/arbitrage";
import {
  type Decision,
  type DecisionInput,
  decide,
  gasLimitFor,
  type RouteOutcome,
  type Simulator,
  simulateRoute,
} from "../simulation/index.ts";
import type { L1Fee } from "./createL1Fee.ts";
import type { TokenProbes, UnsoundToken } from "./createTokenProbes.ts";
import type { EvaluationOptions } from "./EvaluationOptions.ts";
import type { FoundTrade } from "./findTrades.ts";
import { worthOf } from "./Worth.ts";

export interface EvaluationPorts {
  readonly simulator: Simulator;
  readonly probes: TokenProbes;
  readonly l1Fee: L1Fee | undefined;
}

export const EVALUATION_REFUSALS = [
  "tokenUnsound",
  "simulationReverts",
  "arithmeticDiffers",
  "paysTooLittle",
] as const;

export type Evaluation = {
  readonly reason: string;
  readonly simulation: RouteOutcome | undefined;
  readonly decision: Decision | undefined;
} & (
  | {
      readonly isGo: true;
      readonly code: "paysEnough";
      readonly gasLimit: bigint;
      /** Gas price at which profit falls to the threshold, capped by the limit. */
      readonly feeLimitWei: bigint;
    }
  | {
      readonly isGo: false;
      readonly code: (typeof EVALUATION_REFUSALS)[number];
      readonly unsound?: UnsoundToken;
    }
);

export async function evaluateTrade(
  { block, route, token, sized }: FoundTrade,
  gasPriceWei: bigint,
  options: EvaluationOptions,
  { simulator, probes, l1Fee }: EvaluationPorts,
): Promise<Evaluation> {
  const nothing = { simulation: undefined, decision: undefined };
  const unsound = await probes.firstUnsound(route.hops, block);
  if (unsound !== undefined) {
    const { token: cheating, verdict, pools } = unsound;
    const where = pools.map((pool) => ` at pool ${pool}`).join("");
    const reason = `token ${cheating} is ${verdict}${where}: ${unsound.reason}`;
    return { isGo: false, code: "tokenUnsound", reason, unsound, ...nothing };
  }
  if (!options.isSimulated) {
    const gasUsed = route.hops.reduce((sum, { kind }) => sum + GAS_OF_HOPS[kind], GAS_BASE);
    const costs = { gasUsed, gasPriceWei, l1FeeWei: (await l1Fee?.(route, block, options)) ?? 0n };
    const weighed = weigh(token, sized.profit, costs, options);
    return { ...weighed, reason: `not simulated: ${weighed.reason}`, simulation: undefined };
  }
  const { arbitrageur, executor, owner, afterSeconds, gasMax } = options;
  const input = { route, arbitrageur, executor, owner, block, afterSeconds, gasLimit: gasMax };
  const simulation = await simulateRoute(simulator, input);
  if (!simulation.isSuccess) {
    const reason = `the simulation reverts: ${simulation.failure}`;
    return { isGo: false, code: "simulationReverts", reason, simulation, decision: undefined };
  }
  if (simulation.profit !== sized.profit) {
    const reason = `the simulation earns ${simulation.profit}, the pools' formulas ${sized.profit}`;
    return { isGo: false, code: "arithmeticDiffers", reason, simulation, decision: undefined };
  }
  const l1FeeWei = (await l1Fee?.(route, block, options)) ?? 0n;
  const costs = { gasUsed: simulation.gasUsed, gasPriceWei, l1FeeWei };
  return { ...weigh(token, simulation.profit, costs, options), simulation };
}

/** Estimate without simulation: base plus hops exceed the gas of every measured trade. [ARB-3.3] */
const GAS_BASE = 80_000n;
const GAS_OF_HOPS: Readonly<Record<HopKind, bigint>> = {
  swapV2: 60_000n,
  swapV3: 60_000n,
  loanV2: 60_000n,
  loanV3: 60_000n,
  swapCurve: 250_000n,
  swapBalancer: 150_000n,
};

function weigh(
  token: Hex,
  profit: bigint,
  { gasUsed, gasPriceWei, l1FeeWei }: Pick<DecisionInput, "gasUsed" | "gasPriceWei" | "l1FeeWei">,
  options: EvaluationOptions,
): Weighed {
  const decision = decide({
    profitWei: worthOf(options.prices, token, profit) ?? 0n,
    flashFeeWei: 0n,
    gasUsed,
    gasPriceWei,
    l1FeeWei,
    marginPpm: options.marginPpm,
    thresholdWei: options.thresholdWei,
  });
  const { isGo, reason } = decision;
  if (!isGo) return { isGo, code: "paysTooLittle", reason, decision };
  const gasLimit = gasLimitFor(gasUsed, options.gasMarginPercent);
  const breakEvenWei = gasPriceWei + (decision.netWei - decision.thresholdWei - 1n) / gasUsed;
  const feeLimitWei = breakEvenWei < options.gasPriceWeiMax ? breakEvenWei : options.gasPriceWeiMax;
  return { isGo, code: "paysEnough", reason, gasLimit, feeLimitWei, decision };
}

type Weighed =
  | Omit<Extract<Evaluation, { readonly isGo: true }>, "simulation">
  | Omit<Extract<Evaluation, { readonly isGo: false }>, "simulation">;
