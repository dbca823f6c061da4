import type { BlockInput, BlockResult } from "@trellis/protocol";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEngine } from "../createEvm.ts";
import type { Engine } from "../engine/Engine.ts";
import { runBlock, runBlockInSteps } from "../runBlock.ts";
import {
  ALICE,
  blockInput,
  COIN,
  CONTRACT,
  code,
  OTHER,
  push32,
  random,
  stateOf,
  transaction,
} from "../testing/testState.ts";
import type { CompileLimits } from "./CompiledCodes.ts";

const PROGRAMS = Number(process.env.TRELLIS_COMPILED_PROGRAMS ?? 600);

/** Compiles at the first call. Small modules, so that parts of the code are left to the interpreter. */
const AT_ONCE: CompileLimits = {
  ...{ gasPerByte: 0, moduleBytesMax: 1 << 15, bytesMax: 1 << 18 },
  onFailure: (error) => {
    throw error;
  },
};
const interpreted = createEngine({ random, compile: false });
const compiled = createEngine({ random, compile: AT_ONCE });
const sliced = createEngine({ random, compile: AT_ONCE });
sliced.isPauseDue = () => true;

const push = (value: number): string =>
  value < 256 ? `60${hexByte(value)}` : `61${value.toString(16).padStart(4, "0")}`;
const hexByte = (value: number): string => value.toString(16).padStart(2, "0");
const size = (piece: string): number => piece.length / 2;

const WORD = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  fc.bigInt({ min: 0n, max: 300n }),
  fc.nat({ max: 255 }).map((bit) => 1n << BigInt(bit)),
  fc.nat({ max: 255 }).map((bit) => (1n << BigInt(bit)) - 1n),
  fc.bigInt({ min: 0n, max: 300n }).map((value) => 2n ** 256n - 1n - value),
  fc
    .array(fc.constantFrom(0n, 1n, 2n ** 63n, 2n ** 64n - 1n), { minLength: 4, maxLength: 4 })
    .map((limbs) => limbs.reduce((sum, limb) => (sum << 64n) | limb, 0n)),
);
const PUSH = fc.oneof(WORD.map(push32), fc.nat(255).map(push), fc.constant("5f"));
const DUP = fc.integer({ min: 0x80, max: 0x87 }).map(hexByte);
const SWAP = fc.integer({ min: 0x90, max: 0x96 }).map(hexByte);
const BINARY = fc.constantFrom(
  ...[0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x0a, 0x0b, 0x10, 0x11, 0x12, 0x13, 0x14],
  ...[0x16, 0x17, 0x18, 0x1a, 0x1b, 0x1c, 0x1d],
);
const NULLARY = fc.constantFrom(
  ...[0x30, 0x32, 0x33, 0x34, 0x36, 0x38, 0x3a, 0x3d, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48],
  ...[0x4a, 0x58, 0x59, 0x5a],
);
const CALLEE = `73${OTHER.slice(2)}`;
const SELF = `73${CONTRACT.slice(2)}`;

/** Instructions that rarely lower the stack, so that programs continue. */
const PIECE = fc.oneof(
  { weight: 4, arbitrary: PUSH },
  { weight: 8, arbitrary: fc.tuple(fc.oneof(PUSH, DUP), BINARY).map(([x, op]) => `${x}${hexByte(op)}`) },
  { weight: 4, arbitrary: BINARY.map((opcode) => `8181${hexByte(opcode)}`) },
  { weight: 2, arbitrary: fc.tuple(PUSH, fc.constantFrom("08", "09")).map(([m, op]) => `${m}8282${op}`) },
  { weight: 2, arbitrary: fc.constantFrom("15", "19", "1515", "35", "8035", "49", "40", "31", "3b", "3f") },
  { weight: 3, arbitrary: NULLARY.map(hexByte) },
  { weight: 4, arbitrary: DUP },
  { weight: 4, arbitrary: SWAP },
  { weight: 2, arbitrary: fc.constantFrom("8050", "50") },
  // MSTORE and MLOAD at constants, then at words of the stack
  { weight: 3, arbitrary: fc.nat(500).map((at) => `80${push(at)}52`) },
  { weight: 2, arbitrary: fc.nat(500).map((at) => `${push(at)}51`) },
  { weight: 2, arbitrary: fc.nat(200).map((at) => `${push(at)}53`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom("8061ffff1651", "80806103ff1652", "806101ff168153", "8051", "808052"),
  },
  // KECCAK256, then copies
  { weight: 2, arbitrary: fc.nat(200).map((length) => `${push(length)}600520`) },
  { weight: 1, arbitrary: fc.constantFrom("6040600860378037", "60205f60053980", "60305f60405e80") },
  { weight: 1, arbitrary: fc.constantFrom("60205f60053e80", "5f5f5f3e80", `60205f5f${CALLEE}3c80`) },
  // Storage, transient storage, logs
  { weight: 2, arbitrary: fc.nat(3).map((slot) => `80${push(slot)}55`) },
  { weight: 2, arbitrary: fc.nat(3).map((slot) => `${push(slot)}54`) },
  { weight: 1, arbitrary: fc.nat(3).map((slot) => `80${push(slot)}5d${push(slot)}5c`) },
  { weight: 1, arbitrary: fc.nat(4).map((n) => `${"80".repeat(n)}6020${push(n)}${hexByte(0xa0 + n)}80`) },
  // Calls and creations
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(CALLEE, SELF, "6004"), fc.constantFrom("f1", "f2", "f4", "fa"))
      .map(([to, kind]) => `60205f60205f${kind < "f4" ? "5f" : ""}${to}617530${kind}`),
  },
  { weight: 1, arbitrary: fc.constantFrom("60205f5ff0", "5f60205f5ff5") },
);

const pieces = (maxLength: number): fc.Arbitrary<string> =>
  fc.array(PIECE, { maxLength }).map((list) => list.join(""));

/** Appends to a program. */
type Part = (before: string) => string;

/** Counts in memory, because the stack's height varies. */
const LOOP = fc
  .record({
    times: fc.integer({ min: 1, max: 80 }),
    counter: fc.constantFrom(0, 32, 150, 0x420),
    body: pieces(12),
    pops: fc.nat(2),
  })
  .map(
    ({ times, counter, body, pops }): Part =>
      (before) => {
        const head = `${before}${push(times)}${push(counter)}52`;
        // JUMPDEST … MLOAD, subtract 1, DUP1, MSTORE, JUMPI
        const count = `6001${push(counter)}510380${push(counter)}52`;
        return `${head}5b${body}${"50".repeat(pops)}${count}${push(size(head))}57`;
      },
  );

/** Keeps everything on the stack, whose height does not vary: a loop whose values can stay in locals. */
const TIGHT_LOOP = fc
  .record({
    times: fc.integer({ min: 1, max: 200 }),
    body: fc.array(
      fc.oneof(
        fc.tuple(DUP, BINARY).map(([x, op]) => `${x}${hexByte(op)}`),
        SWAP,
      ),
      { maxLength: 10 },
    ),
  })
  .map(
    ({ times, body }): Part =>
      (before) => {
        const head = `${before}${push(times)}`;
        // SWAP1 … SWAP1, subtract 1, DUP1, JUMPI, POP
        return `${head}5b90${body.join("")}90600190038061${size(head).toString(16).padStart(4, "0")}5750`;
      },
  );

const BRANCH = fc.tuple(PIECE, pieces(4)).map(
  ([condition, body]): Part =>
    (before) => {
      const head = `${before}${condition}`;
      return `${head}61${(size(head) + 4 + size(body)).toString(16).padStart(4, "0")}57${body}5b`;
    },
);

/** Jumps to where a word in memory says, as an internal function does with its return address. */
const RETURN = pieces(5).map(
  (body): Part =>
    (before) => {
      const at = size(before);
      const back = `61${(at + 3 + 3 + size(body) + 4).toString(16).padStart(4, "0")}`;
      return `${before}${back}604052${body}60405156`.replace(/$/, "5b");
    },
);

const PROGRAM = fc
  .record({
    start: fc.array(PUSH, { minLength: 10, maxLength: 14 }),
    parts: fc.array(
      fc.oneof(
        LOOP,
        TIGHT_LOOP,
        BRANCH,
        RETURN,
        pieces(6).map(
          (body): Part =>
            (before) =>
              `${before}${body}`,
        ),
      ),
      { minLength: 1, maxLength: 6 },
    ),
    end: fc.constantFrom(
      "00",
      "60405ff3",
      "5f5260205ff3",
      "60205ffd",
      "fe",
      `${CALLEE}ff`,
      "56",
      "600057",
      "",
    ),
  })
  .map(({ start, parts, end }) =>
    code(
      parts.reduce((before, part) => part(before), start.join("")),
      end,
    ),
  );

const BLOCK = fc
  .record({
    programs: fc.tuple(PROGRAM, PROGRAM),
    data: fc.uint8Array({ maxLength: 100 }),
    gas: fc.array(fc.integer({ min: 25_000, max: 3_000_000 }), { minLength: 1, maxLength: 3 }),
  })
  .map(({ programs: [program, callee], data, gas }): BlockInput => {
    const state = stateOf({
      [ALICE]: { balance: COIN },
      [CONTRACT]: { nonce: 1n, balance: 5n, code: program },
      [OTHER]: { nonce: 1n, balance: 5n, code: callee },
    });
    const transactions = gas.map((gasLimit, index) =>
      transaction({ to: CONTRACT, data, gasLimit: BigInt(gasLimit), nonce: BigInt(index) }),
    );
    return blockInput(state, transactions);
  });

function run(engine: Engine, input: BlockInput): BlockResult {
  engine.setState(input.state);
  return runBlock(engine, input);
}

function runSliced(engine: Engine, input: BlockInput): BlockResult {
  engine.setState(input.state);
  const steps = runBlockInSteps(engine, input);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

describe("EVM-21: compiled code", () => {
  it("gives the interpreter's results, whole and in slices", { timeout: 600_000 + PROGRAMS * 100 }, () => {
    const counts = [0, 0];
    fc.assert(
      fc.property(BLOCK, (input) => {
        const expected = run(interpreted, input);
        expect(run(compiled, input)).toEqual(expected);
        expect(runSliced(sliced, input)).toEqual(expected);
        for (const outcome of expected.outcomes.flat()) {
          if (outcome.kind === "accepted") counts[outcome.receipt.status]!++;
        }
      }),
      { numRuns: PROGRAMS },
    );
    const [failed, succeeded] = counts as [number, number];
    expect(succeeded).toBeGreaterThan(failed / 4);
  });
});
