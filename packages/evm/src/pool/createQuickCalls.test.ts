import type { CallEvm, CallInput, EncodedJson } from "@trellis/protocol";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createEvm } from "../createEvm.ts";
import { CONTRACT, callInput, code, contractState, RETURN_TOP, random } from "../testing/testState.ts";
import { createEvmPool, type EvmPool } from "./createEvmPool.ts";
import { createQuickCalls } from "./createQuickCalls.ts";
import { SLICE_MS } from "./ReadBudget.ts";
import { ManualScheduler } from "./testing/ManualScheduler.ts";

const LOOP = "5b5f56";
const evm = createEvm({ random });

let ms: number;
let msPerLook: number;
let pool: EvmPool;
let quick: CallEvm<EncodedJson>;

beforeEach(() => {
  ms = 0;
  msPerLook = 0;
  pool = createEvmPool({ workers: 1 }, new ManualScheduler(SLICE_MS));
  const nowMs = (): number => {
    ms += msPerLook;
    return ms;
  };
  quick = createQuickCalls(pool, { random, clock: { nowMs } });
});

afterEach(() => pool.close());

function loop(): CallInput {
  return callInput(contractState(code(LOOP)), { to: CONTRACT, gasLimit: 1_000_000n });
}

it("runs a short call on this thread [EVM-17.5]", async () => {
  const input = callInput(contractState(code(`6007${RETURN_TOP}`)), { to: CONTRACT });
  expect(await quick.call(input)).toEqual(await evm.call(input));
  expect(await quick.estimateGas(input)).toBe(await evm.estimateGas(input));
  expect(pool.threadCount).toBe(0);
});

it("runs a call that takes long in the pool, with the same result [EVM-17.5]", async () => {
  msPerLook = 5;
  expect(await quick.call(loop())).toEqual(await evm.call(loop()));
  expect(pool.threadCount).toBe(1);
  await expect(quick.estimateGas(loop())).rejects.toMatchObject({ code: "CALL_FAILED" });
});

it("CALL_STOPPED: a cancelled call does not start again", async () => {
  const controller = new AbortController();
  const cancellation = { signal: controller.signal, isOver: () => true };
  await expect(quick.call({ ...loop(), cancellation })).rejects.toMatchObject({ code: "CALL_STOPPED" });
  expect(pool.threadCount).toBe(0);
});
