import { type Hex, hexToBytes } from "@trellis/base";
import { Arbitrageur, encodeExecute, type Route } from "@trellis/contracts/arbitrage";
import { messageIntrinsicGas, revertReason } from "@trellis/protocol";
import { decodeErrorResult, parseAbi } from "viem";
import { simulationErrors } from "./errors.ts";
import type { SimulationInput, Simulator } from "./Simulator.ts";

export interface RouteInput extends Pick<SimulationInput, "block" | "afterSeconds"> {
  readonly route: Route;
  readonly arbitrageur: Hex;
  readonly executor: Hex;
  readonly owner: Hex;
  readonly gasLimit: bigint;
}

export interface RouteOutcome {
  readonly isSuccess: boolean;
  readonly profit: bigint;
  /** Gas before refunds. */
  readonly gasUsed: bigint;
  readonly failure: string | undefined;
}

/** A losing trade that cannot repay its lender fails with an ERC-6093 error. */
const ERRORS = [
  ...Arbitrageur.abi.filter(({ type }) => type === "error"),
  ...parseAbi(["error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)"]),
];
/** Each frame keeps 1/64 of its gas (EIP-150). */
const HEADROOM = { numerator: 66n, denominator: 64n } as const;

/** Requires no minimum profit. Omits the anchor hash. [ARB-13] */
export async function simulateRoute(simulator: Simulator, input: RouteInput): Promise<RouteOutcome> {
  const { route, arbitrageur, executor, owner, gasLimit, block, afterSeconds } = input;
  const [first] = route.hops;
  const data = encodeExecute({ ...route, profitMin: 0n, anchor: { ...route.anchor, hash: undefined } });
  const { before, outcomes } = await simulator.simulate({
    block,
    afterSeconds,
    steps: [{ from: executor, to: arbitrageur, data, gasLimit }],
    watched: first === undefined ? [] : [{ token: first.tokenIn, account: owner }],
  });
  const [outcome] = outcomes;
  if (outcome === undefined) throw simulationErrors.SIMULATION_FAILED({ simulator: simulator.name });
  const { isSuccess, gasUsed, output, balances } = outcome;
  const intrinsicGas = messageIntrinsicGas({
    to: arbitrageur,
    data: hexToBytes(encodeExecute(route)),
    accessList: [],
  });
  const isExhausted = !isSuccess && output === "0x" && gasUsed >= gasLimit - gasLimit / 64n;
  return {
    isSuccess,
    profit: isSuccess ? (balances[0] ?? 0n) - (before[0] ?? 0n) : 0n,
    gasUsed: intrinsicGas + gasUsed,
    failure: isSuccess ? undefined : isExhausted ? "out of gas" : failureOf(output),
  };
}

/** Adds gas for nested frames and state changes. */
export function gasLimitFor(gasUsed: bigint, marginPercent: number): bigint {
  const withFrames = (gasUsed * HEADROOM.numerator) / HEADROOM.denominator;
  return withFrames + (withFrames * BigInt(marginPercent)) / 100n;
}

function failureOf(data: Hex): string {
  if (data === "0x") return "reverted without a reason";
  const reason = revertReason(hexToBytes(data));
  if (reason !== undefined) return reason;
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi: ERRORS, data });
    return `${errorName}(${args.join()})`;
  } catch {
    return `reverted with ${data.slice(0, 74)}`;
  }
}
