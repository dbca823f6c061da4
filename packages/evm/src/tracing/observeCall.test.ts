import { expect, it } from "vitest";
import { createEvm } from "../createEvm.ts";
import { callInput, code, contractState, OTHER, random } from "../testing/testState.ts";

const evm = createEvm({ random });
const STATE = contractState(code(`5f5f5f5f5f73${OTHER.slice(2)}5af150`, "60015f5500"), {
  [OTHER]: { nonce: 1n, code: code("5f5fa000") },
});

it("calls a custom tracer for every frame and step in order", () => {
  const events: string[] = [];
  const costs: bigint[] = [];
  const result = evm.observeCall(callInput(STATE), {
    onEnter: ({ type, depth, to }) => void events.push(`> ${type} ${depth} ${to?.slice(0, 4)}`),
    onStep: ({ opcode, depth, stackHeight }) =>
      void events.push(`${opcode.toString(16)} ${depth} ${stackHeight}`),
    onStepCost: (cost) => void costs.push(cost),
    onExit: ({ failure, depth }) => void events.push(`< ${depth} ${failure}`),
  });
  expect(result.outcome).toBe("success");
  expect(events.slice(0, 3)).toEqual(["> CALL 0 0xc0", "5f 1 0", "5f 1 1"]);
  expect(events.slice(8, 16)).toEqual([
    ...["f1 1 7", "> CALL 1 0xc1"],
    ...["5f 2 0", "5f 2 1", "a0 2 2", "0 2 0", "< 1 undefined", "50 1 1"],
  ]);
  expect(events.at(-1)).toBe("< 0 undefined");
  expect(costs).toContain(375n);
  expect(costs).toContain(22_100n);
});

it("ends with an error of a hook", () => {
  const stop = new Error("enough");
  const observe = (): unknown =>
    evm.observeCall(callInput(STATE), {
      onStep: () => {
        throw stop;
      },
    });
  expect(observe).toThrow(stop);
  expect(evm.call(callInput(STATE))).toMatchObject({ outcome: "success" });
});

it("returns a step's operands, memory and return data", () => {
  const seen: unknown[] = [];
  const input = contractState(code("602a5f52", "5f5f60205f5f600461fffff1", "60205f5f3e", "00"));
  evm.observeCall(callInput(input), {
    onStep: (step) => {
      if (step.opcode !== 0x3e) return;
      seen.push(step.stack(), step.stackItem(2), step.memory().length, step.returnData()[31]);
      seen.push(step.memorySlice(31n, 3n)[0], step.memorySlice(1n << 200n, 2n));
    },
  });
  expect(seen).toEqual([[1n, 32n, 0n, 0n], 32n, 32, 42, 42, new Uint8Array(2)]);
});
