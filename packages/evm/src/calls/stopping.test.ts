import { bytesToHex } from "@trellis/base";
import type { CallResult, Json, TracerRequest } from "@trellis/protocol";
import { expect, it } from "vitest";
import { createEvm } from "../createEvm.ts";
import {
  blockInput,
  CONTRACT,
  callInput,
  code,
  contractState,
  random,
  transaction,
} from "../testing/testState.ts";

const evm = createEvm({ random });

function overAfter(looks: number) {
  const asked = { times: 0 };
  const { signal } = new AbortController();
  return { signal, isOver: () => ++asked.times > looks, asked };
}

const GAS = 10n ** 12n;
const LOOP = "5b5f56";
const HASHING = "5b5f5f5f5f60025afa505f56";
const CALLING = "5f5f5f5f305afa505f56";
const STRUCT_LOGS: TracerRequest = {
  kind: "structLogs",
  enableMemory: true,
  disableStack: true,
  disableStorage: true,
  enableReturnData: false,
  limit: 0,
};

it.each([LOOP, HASHING, `5b${CALLING}`])(
  "EVM-13, CALL_STOPPED: 0x%s ends when its caller has left",
  (program) => {
    const state = contractState(code(program));
    const cancellation = overAfter(10);
    for (const run of [evm.call, evm.estimateGas, evm.createAccessList]) {
      cancellation.asked.times = 0;
      expect(() => run(callInput(state, { gasLimit: GAS }, { cancellation }))).toThrow(
        expect.objectContaining({ code: "CALL_STOPPED" }),
      );
      expect(cancellation.asked.times).toBeLessThan(20);
    }
  },
);

it("CALL_STOPPED: a trace ends when its caller has left", () => {
  const tracer: TracerRequest = { kind: "call", onlyTopCall: true, withLog: true };
  const state = contractState(code(LOOP));
  expect(() =>
    evm.traceCall(callInput(state, { gasLimit: GAS }, { cancellation: overAfter(10) }), tracer),
  ).toThrow(expect.objectContaining({ code: "CALL_STOPPED" }));
  const block = blockInput(state, [transaction({ gasLimit: 1n << 24n })]);
  expect(() => evm.traceBlock(block, tracer, undefined, overAfter(10))).toThrow(
    expect.objectContaining({ code: "CALL_STOPPED" }),
  );
});

it("a stopped call leaves nothing behind", () => {
  const state = contractState(code("60015f5500"));
  expect(() => evm.call(callInput(state, {}, { cancellation: overAfter(0) }))).toThrow();
  expect(evm.call(callInput(state))).toMatchObject({ outcome: "success" });
  expect(evm.runBlock(blockInput(state, [transaction()]))).toMatchObject({
    outcomes: [[{ kind: "accepted" }]],
  });
});

it("an error of the state reader ends the call at once", () => {
  const reason = new Error("no such state");
  const state = {
    ...contractState(code(`5f54${LOOP.replace("5f", "6002")}`)),
    storage: () => {
      throw reason;
    },
  };
  expect(() => evm.call(callInput(state, { gasLimit: GAS }))).toThrow(reason);
});

it("a loop longer than one slice of the interpreter continues in the next", () => {
  // n = 50,000; do { memory[32 n] += n; n -= 1 } while (n); returns memory[32 · 7] and MSIZE.
  const program = `61c350 5b 80 60051b 80 51 8201 90 52 6001 90 03 80 6003 57 50 60e051 59 5f52 602052 60405ff3`;
  const { outcome, output } = evm.call(
    callInput(contractState(code(program.replaceAll(" ", ""))), { gasLimit: 100_000_000n }),
  ) as CallResult;
  expect(outcome).toBe("success");
  expect(BigInt(bytesToHex(output.subarray(0, 32)))).toBe(32n * 50_001n);
  expect(output[63]).toBe(7);
});

const LARGE_MEMORY = "620fffe05150";
const LARGE_CALLS = `${LARGE_MEMORY}5b5f5f621000005f61dead5afa506006 56`.replace(" ", "");

it("createAccessList copies no call input", () => {
  const state = contractState(code(LARGE_CALLS));
  const before = process.memoryUsage().arrayBuffers;
  const { failure } = evm.createAccessList(callInput(state, { gasLimit: 2_400_000n })) as {
    failure?: string;
  };
  expect(failure).toBe("out of gas");
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * 2 ** 20);
});

it.each<[string, string, TracerRequest]>([
  ["memory at every step", `${LARGE_MEMORY}5b600656`, STRUCT_LOGS],
  ["every step", LOOP, { ...STRUCT_LOGS, enableMemory: false }],
  ["the input of every call", LARGE_CALLS, { kind: "call", onlyTopCall: false, withLog: false }],
  [
    "the data of every log",
    `${LARGE_MEMORY}5b621000005fa0600656`,
    { kind: "call", onlyTopCall: false, withLog: true },
  ],
])("EVM-13, CALL_TOO_LARGE, trace too long: %s", (_, program, tracer) => {
  const input = callInput(contractState(code(program)), { gasLimit: 300_000_000n });
  expect(() => evm.traceCall(input, tracer)).toThrow(
    expect.objectContaining({
      code: "CALL_TOO_LARGE",
      facts: expect.objectContaining({ reason: "trace too long" }),
    }),
  );
});

it("only the outermost call is small, whatever it calls", () => {
  const tracer: TracerRequest = { kind: "call", onlyTopCall: true, withLog: true };
  const trace: Json = evm.traceCall(
    callInput(contractState(code(LARGE_CALLS)), { gasLimit: 2_300_000n }),
    tracer,
  ) as Json;
  expect(trace).toMatchObject({ to: CONTRACT, error: "out of gas" });
  expect(trace).not.toHaveProperty("calls");
});
