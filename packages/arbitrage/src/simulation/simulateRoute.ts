import { type Hex, hexToBytes } from "@trellis/base";
import { Arbitrageur, encodeExecute, type Route } from "@trellis/contracts/arbitrage";
import { messageIntrinsicGas } from "@trellis/protocol";
import { decodeErrorResult, parseAbi } from "viem";
import { simulationErrors } from "./errors.ts";
import type { SimulationInput, Simulator } from "./Simulator.ts";

export interface RouteInput extends Pick<SimulationInput, "block" | "afterSeconds"> {
  readonly route: Route;
  readonly arbitrageur: Hex;
  readonly executor: Hex;
  /** Of the Arbitrageur: who receives the profit. */
  readonly owner: Hex;
  readonly gasLimit: bigint;
}

export interface RouteOutcome {
  readonly isSuccess: boolean;
  /** What the owner received, in base units of the route's token. */
  readonly profit: bigint;
  /** What the transaction would use, before refunds: its gas limit must not be below. */
  readonly gasUsed: bigint;
  /** Why it reverts, as `ProfitTooLow(1,2)`; undefined for success. */
  readonly failure: string | undefined;
}

/** The Arbitrageur's, Solidity's, and that of ERC-6093 by which a trade that loses cannot pay its lender. */
const ERRORS = [
  ...Arbitrageur.abi.filter(({ type }) => type === "error"),
  ...parseAbi([
    "error Error(string reason)",
    "error Panic(uint256 code)",
    "error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)",
  ]),
];
/** Of a frame keeps its caller a 64th (EIP-150): frames within frames need what their calls do not use. */
const HEADROOM = { numerator: 66n, denominator: 64n } as const;

/**
 * What a route would do in the next block. It runs without its least profit, so that a smaller one is seen too, and
 * bound to the number of its anchor alone: calls in the next block's context do not know the hash of this one. [ARB-13]
 */
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
    failure: isSuccess ? undefined : isExhausted ? "out of gas" : revertReason(output),
  };
}

/** The gas limit for a transaction that uses so much: room for what its frames keep, and for a state that moved. */
export function gasLimitFor(gasUsed: bigint, marginPercent: number): bigint {
  const withFrames = (gasUsed * HEADROOM.numerator) / HEADROOM.denominator;
  return withFrames + (withFrames * BigInt(marginPercent)) / 100n;
}

/** A contract's error by name, or its data. */
export function revertReason(data: Hex): string {
  if (data === "0x") return "reverted without a reason";
  try {
    const { errorName, args = [] } = decodeErrorResult({ abi: ERRORS, data });
    return errorName === "Error" ? String(args[0]) : `${errorName}(${args.join()})`;
  } catch {
    return `reverted with ${data.slice(0, 74)}`;
  }
}
