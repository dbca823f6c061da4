import { afterEach, describe, expect, it, vi } from "vitest";
import { createEngine } from "../createEvm.ts";
import type { Engine } from "../engine/Engine.ts";
import { readGasUsed } from "../engine/results.ts";
import { callInput, code, contractState, OTHER, random } from "../testing/testState.ts";
import { CompiledCodes, type CompileLimits, DEFAULT_COMPILE_LIMITS } from "./CompiledCodes.ts";

/** CALLDATASIZE times: subtract 1. */
const LOOP = code("365b6001900380600157", "00");
/** The same with another hash. */
const OTHER_LOOP = code("365b6001900380600157", "0000");
const INTRINSIC_GAS = 21_000;

const compile = vi.spyOn(CompiledCodes.prototype, "compile");
const drop = vi.spyOn(CompiledCodes.prototype, "drop");

afterEach(() => {
  compile.mockClear();
  drop.mockClear();
});

const positions = (): unknown[] => compile.mock.results.map(({ value }) => value as unknown);

function createCalled(limits: Partial<CompileLimits>): (to: "loop" | "other", times: number) => number {
  const engine = createEngine({ random, compile: { ...DEFAULT_COMPILE_LIMITS, ...limits } });
  const state = contractState(LOOP, { [OTHER]: { nonce: 1n, code: OTHER_LOOP } });
  engine.setState(state);
  return (to, times) => call(engine, to === "loop" ? {} : { to: OTHER }, times);
}

function call(engine: Engine, to: { readonly to?: typeof OTHER }, times: number): number {
  const { context, coinbase, request } = callInput(engine.state, { ...to, data: new Uint8Array(times) });
  engine.setContext(context, { baseFee: 0n });
  engine.setRecipients(coinbase, coinbase);
  expect(engine.runCall(request)).toBe("ACCEPTED");
  const gas = Number(readGasUsed(engine.memory));
  engine.undoCall();
  return gas - INTRINSIC_GAS - 4 * times;
}

describe("CompiledCodes", () => {
  it("EVM-21.1: compiles at a call, after the interpreter used enough gas", () => {
    const gasPerByte = 100;
    const called = createCalled({ gasPerByte });
    const gas = called("loop", 1);
    for (let used = gas; used < gasPerByte * LOOP.length; used += called("loop", 1)) {
      expect(positions()).toEqual([]);
    }
    called("other", 1);
    expect(positions()).toEqual([]);
    expect(called("loop", 1)).toBe(gas);
    expect(positions()).toEqual([2]);
    called("loop", 1);
    expect(positions()).toEqual([2]);
  });

  it("EVM-21.2: drops all code before the call that follows one for which there was no room", () => {
    const called = createCalled({ gasPerByte: 0, bytesMax: 1 });
    called("loop", 5);
    called("other", 5);
    expect(positions()).toEqual([2, 0]);
    expect(drop).not.toHaveBeenCalled();
    const gas = called("other", 5);
    expect(drop).toHaveBeenCalledTimes(1);
    expect(positions()).toEqual([2, 0, 2]);
    expect(called("loop", 5)).toBe(gas);
    expect(positions()).toEqual([2, 0, 2, 0]);
  });

  it("leaves code to the interpreter that it cannot compile", () => {
    const failures: unknown[] = [];
    const called = createCalled({ gasPerByte: 0, onFailure: (error) => failures.push(error) });
    const instance = vi.spyOn(WebAssembly, "Instance").mockImplementation(function fail() {
      throw new RangeError("no memory");
    });
    const gas = called("loop", 5);
    instance.mockRestore();
    expect(positions()).toEqual([0]);
    expect(failures).toEqual([new RangeError("no memory")]);
    expect(gas).toBe(called("other", 5));
  });
});
