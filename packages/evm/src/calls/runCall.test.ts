import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEngine, createEvm } from "../createEvm.ts";
import type { Engine } from "../engine/Engine.ts";
import { callInput, code, contractState, push32, random } from "../testing/testState.ts";
import { FailureSession } from "../tracing/FailureSession.ts";
import { executeCall, prepareCall, runCall } from "./runCall.ts";

const noTracing = (): Engine => {
  throw new Error("the call ran a second time");
};

describe("failing call", () => {
  it.each([
    ["out of gas", "5b5f56", 50_000n],
    ["out of gas", "5b5f545f3160016002015056", 30_000n],
    ["out of gas", `${push32(2n ** 40n)}51`, 50_000n],
    ["invalid opcode: INVALID", "5b5b600a600506fe", 50_000n],
    ["invalid opcode: opcode 0xc not defined", "0c", 50_000n],
    ["invalid jump destination", "600556", 50_000n],
    ["return data out of bounds", "60015f5f3e", 50_000n],
    ["out of gas: max initcode size exceeded: size 49153", "61c0015f5ff0", 100_000n],
  ])("reports %s of 0x%s without a second run", (failure, program, gasLimit) => {
    const engine = createEngine({ random });
    const state = contractState(code(program));
    engine.setState(state);
    expect(runCall(engine, callInput(state, { gasLimit }), noTracing)).toMatchObject({ failure });
  });

  it.each([
    ["out of gas: not enough gas for reentrancy sentry", "60015f55", 22_000n],
    ["stack underflow (1 <=> 2)", "5f01", 50_000n],
    ["stack underflow (0 <=> 1)", `50${"5a50".repeat(20)}`, 21_005n],
    ["return data out of bounds", `60015f5f3e${"5a50".repeat(20)}`, 21_030n],
  ])("reports %s of 0x%s after a second run", (failure, program, gasLimit) => {
    const state = contractState(code(program));
    expect(createEvm({ random }).call(callInput(state, { gasLimit }))).toMatchObject({ failure });
  });

  it("reports without a second run the result of one", () => {
    const engine = createEngine({ random });
    const tracing = createEngine({ random }, "tracing");
    const piece = fc.constantFrom(
      ...["5b", "5f", "6001", "50", "80", "01", "5a", "54", "55", "51", "52", "20", "3e", "fe", "56", "57"],
      ...[
        "60015f55",
        "5f5f5f5f5f305af1",
        "60205f5f3e",
        "5f5ff3",
        "600a6000526004601cf0",
        "31",
        "a0",
        "5c",
        "5d",
      ],
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }),
        fc.bigInt({ min: 21_000n, max: 60_000n }),
        (pieces, gasLimit) => {
          const state = contractState(code(pieces.join("")));
          engine.setState(state);
          tracing.setState(state);
          const input = callInput(state, { gasLimit });
          let isSecond = false;
          const { failure } = runCall(engine, input, () => {
            isSecond = true;
            return tracing;
          });
          if (!isSecond) expect(failure).toBe(tracedFailure(tracing, input));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

function tracedFailure(tracing: Engine, input: ReturnType<typeof callInput>): string | undefined {
  prepareCall(tracing, input);
  const session = new FailureSession(tracing);
  tracing.hooks = session;
  const { outcome } = executeCall(tracing, input.request);
  tracing.hooks = undefined;
  return outcome === "revert" ? undefined : session.failure;
}
