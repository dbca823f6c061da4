import type { BlockInput, BlockResult, SystemCall } from "@trellis/protocol";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { createEngine } from "./createEvm.ts";
import type { Engine } from "./engine/Engine.ts";
import { runBlock, runBlockInSteps } from "./runBlock.ts";
import {
  ALICE,
  blockInput,
  COIN,
  CONTRACT,
  code,
  OTHER,
  random,
  stateOf,
  transaction,
} from "./testing/testState.ts";

// Small, so that waiting frames' code and translations are evicted.
const limits = { codeBytes: 1 << 16, translatedBytes: 1 << 15 };
const whole = createEngine({ random, limits });
const sliced = createEngine({ random, limits });
sliced.isPauseDue = () => true;

const [SELF, CALLEE] = [CONTRACT, OTHER].map((address) => `73${address.slice(2)}`) as [string, string];
const byte = (value: number): string => `60${value.toString(16).padStart(2, "0")}`;
const wide = (value: number): string => `61${value.toString(16).padStart(4, "0")}`;

const PIECE = fc.oneof(
  // SSTORE, SLOAD, TSTORE
  fc.tuple(fc.nat(3), fc.nat(3)).map(([slot, value]) => `${byte(value)}${byte(slot)}55`),
  fc.nat(3).map((slot) => `${byte(slot)}5450`),
  fc.nat(3).map((slot) => `5a${byte(slot)}5d`),
  // LOG1, KECCAK256
  fc.nat(64).map((size) => `5a${byte(size)}5fa1`),
  fc.nat(200).map((at) => `60405f20${byte(at)}52`),
  // CALL with a value, DELEGATECALL, STATICCALL
  fc
    .tuple(fc.constantFrom(SELF, CALLEE), fc.constantFrom("5a", wide(30_000)), fc.nat(1))
    .map(([to, gas, value]) => `60205f60205f${byte(value)}${to}${gas}f150`),
  fc.constantFrom("f4", "fa").map((kind) => `60205f60205f${CALLEE}${wide(40_000)}${kind}50`),
  // CREATE and CREATE2 of the callee's code
  fc.constantFrom("f0", "f5").map((kind) => {
    const salt = kind === "f5" ? "5f" : "";
    return `${CALLEE}3b5f5f${CALLEE}3c${salt}${CALLEE}3b5f5f${kind}50`;
  }),
  // SHA-256
  fc.constant("60205f60205f60025afa50"),
);

const PROGRAM = fc
  .tuple(
    fc.array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.array(PIECE, { maxLength: 3 })), { maxLength: 4 }),
    fc.constantFrom("00", "60205ff3", "60205ffd", "fe", `${CALLEE}ff`),
  )
  .map(([loops, end]) => code(loops.reduce(withLoop, ""), end));

function withLoop(before: string, [times, pieces]: readonly [number, readonly string[]]): string {
  const start = before.length / 2 + 3;
  // PUSH2 n; JUMPDEST; pieces; PUSH1 1; SWAP1; SUB; DUP1; PUSH2 start; JUMPI; POP
  return `${before}${wide(times)}5b${pieces.join("")}600190038061${wide(start).slice(2)}5750`;
}

const BLOCK = fc
  .record({
    programs: fc.tuple(PROGRAM, PROGRAM),
    calls: fc.array(
      fc.record({ to: fc.constantFrom(CONTRACT, OTHER, null), value: fc.nat(1).map(BigInt), data: PROGRAM }),
      { maxLength: 4 },
    ),
    systemCalls: fc.nat(2),
  })
  .map(({ programs: [program, callee], calls, systemCalls }): BlockInput => {
    const state = stateOf({
      [ALICE]: { balance: COIN },
      [CONTRACT]: { nonce: 1n, balance: 5n, code: program },
      [OTHER]: { nonce: 1n, balance: 5n, code: callee },
    });
    const transactions = calls.map((call, index) => transaction({ ...call, nonce: BigInt(index) }));
    const own: SystemCall = { to: CONTRACT, value: 3n, data: new Uint8Array(4), gasLimit: 500_000n };
    return { ...blockInput(state, transactions), systemCalls: Array<SystemCall>(systemCalls).fill(own) };
  });

function runSliced(engine: Engine, input: BlockInput): { result: BlockResult; pauses: number } {
  const steps = runBlockInSteps(engine, input);
  for (let pauses = 0; ; pauses++) {
    const step = steps.next();
    if (step.done === true) return { result: step.value, pauses };
  }
}

it("EVM-14: a block gives the same result with any pauses", () => {
  let most = 0;
  fc.assert(
    fc.property(BLOCK, (input) => {
      whole.setState(input.state);
      sliced.setState(input.state);
      const { result, pauses } = runSliced(sliced, input);
      expect(result).toEqual(runBlock(whole, input));
      most = Math.max(most, pauses);
    }),
    { numRuns: 400 },
  );
  expect(most).toBeGreaterThan(500);
});
