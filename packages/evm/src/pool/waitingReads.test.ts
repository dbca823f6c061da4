import { expect, it } from "vitest";
import { callInput, code, contractState } from "../testing/testState.ts";
import { createEvmPool } from "./createEvmPool.ts";
import type { Reading } from "./EvmThread.ts";
import { ManualScheduler } from "./testing/ManualScheduler.ts";

/** Loads slot 0 and returns it. */
const LOAD = code("5f545f5260205ff3");

/** Each value is there only after a wait. */
function remote(wait: () => Promise<void>) {
  let isLoaded = false;
  let waits = 0;
  const storage = () => {
    if (!isLoaded) throw new RangeError("not loaded");
    return 7n;
  };
  const reading: Reading = (read) => {
    try {
      return read();
    } catch {
      waits += 1;
      return wait().then(() => {
        isLoaded = true;
        return read();
      });
    }
  };
  return { state: { ...contractState(LOAD), storage }, reading, waits: () => waits };
}

async function callWith({ state, reading }: ReturnType<typeof remote>) {
  const pool = createEvmPool({ workers: 1, reading }, new ManualScheduler(10));
  const input = callInput(state);
  const first = await pool.call(input).catch((error: unknown) => error);
  const second = await pool.call(callInput(contractState(code("00"))));
  await pool.close();
  return { first, second };
}

it("a call waits for a remote value [DEV-7]", async () => {
  const slow = remote(() => new Promise((resolve) => setTimeout(resolve, 20)));
  const { first } = await callWith(slow);
  expect(first).toMatchObject({ outcome: "success" });
  expect(BigInt(`0x${Buffer.from((first as { output: Uint8Array }).output).toString("hex")}`)).toBe(7n);
  expect(slow.waits()).toBe(1);
});

it("a call rejects with the error of the wait, and the next one runs [DEV-7]", async () => {
  const { first, second } = await callWith(remote(() => Promise.reject(new RangeError("gone"))));
  expect(first).toEqual(new RangeError("gone"));
  expect(second).toMatchObject({ outcome: "success" });
});
