import { type Hex, isHex } from "@trellis/base";
import type { OverriddenCall } from "@trellis/client";
import { ArbitrageurProbe } from "@trellis/contracts/arbitrage";
import { decodeFunctionResult, encodeFunctionData } from "viem";
import { simulationErrors } from "./errors.ts";
import type { SimulationInput, SimulationResult } from "./Simulator.ts";

const { abi } = ArbitrageurProbe;
const CODE: Hex = ArbitrageurProbe.runtimeBytecode;
const COIN: Hex = `0x${"00".repeat(20)}`;
/** Marks an unreadable balance. */
const UNKNOWN = 2n ** 256n - 1n;
const PROBE_GAS = 1_000_000n;
const BALANCE_GAS = 550_000n;

/** Replaces every sender's code with the probe. */
export function probeCall({ block, afterSeconds, steps, watched }: SimulationInput): OverriddenCall {
  const [first] = steps;
  const actors = new Set(steps.map(({ from }) => from));
  const stepsGas = steps.reduce((sum, { gasLimit }) => sum + gasLimit, 0n);
  const looksGas = BigInt(watched.length * (steps.length + 1)) * BALANCE_GAS;
  return {
    from: first.from,
    to: first.from,
    data: encodeFunctionData({
      abi,
      functionName: "run",
      args: [
        steps,
        watched.map(({ token, account }) => ({ token: token === "coin" ? COIN : token, account })),
      ],
    }),
    // Two frames keep 1/64 each (EIP-150).
    gasLimit: ((stepsGas + looksGas) * 66n) / 64n + PROBE_GAS,
    codes: new Map([...actors].map((actor) => [actor, CODE])),
    context: { number: block.height + 1, timeSeconds: block.timeSeconds + afterSeconds },
  };
}

export function readProbe(
  output: Hex | undefined,
  { context }: OverriddenCall,
  simulator: string,
): SimulationResult {
  if (output === undefined) throw simulationErrors.SIMULATION_FAILED({ simulator });
  const [number, before, outcomes] = decode(output, simulator);
  if (number !== BigInt(context.number))
    throw simulationErrors.SIMULATION_FAILED({
      reason: "overrides not supported",
      simulator,
      got: number,
      expected: context.number,
    });
  return {
    before: before.map(known),
    outcomes: outcomes.map((outcome) => ({ ...outcome, balances: outcome.balances.map(known) })),
  };
}

function decode(output: Hex, simulator: string) {
  if (!isHex(output) || output === "0x")
    throw simulationErrors.SIMULATION_FAILED({ reason: "overrides not supported", simulator });
  try {
    return decodeFunctionResult({ abi, functionName: "run", data: output });
  } catch (error) {
    throw simulationErrors.SIMULATION_FAILED({ simulator }, error);
  }
}

function known(balance: bigint): bigint | undefined {
  return balance === UNKNOWN ? undefined : balance;
}
