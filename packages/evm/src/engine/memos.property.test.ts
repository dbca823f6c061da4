import { bytesToHex } from "@trellis/base";
import { keccak256, keccak256Hex } from "@trellis/crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEngine } from "../createEvm.ts";
import { runBlock } from "../runBlock.ts";
import {
  ALICE,
  blockInput,
  COIN,
  callInput,
  code,
  contractState,
  random,
  stateOf,
  transaction,
} from "../testing/testState.ts";
import type { Engine } from "./Engine.ts";
import { MAP } from "./memoryMap.ts";

const RUNS = 300;

describe("EVM-16: creations that the engine remembers", () => {
  // PUSH1 target, JUMP, then JUMPDEST, STOP, or PUSH1, whose data hides a destination. Then, the rest is returned.
  const INIT = fc
    .tuple(
      fc.nat(11),
      fc.array(fc.constantFrom("5b", "5b", "00", "60"), { minLength: 9, maxLength: 9 }),
      // Few lengths, so that some repeat.
      fc.constantFrom(0, 1, 2, 5, 9, 14, 20),
    )
    .map(([target, filler, rest]) =>
      code(
        `60${(3 + target).toString(16).padStart(2, "0")}56${filler.join("")}5b5b`,
        `600c380380600c5f395ff3${"fe".repeat(rest)}`,
      ),
    );
  const blockOf = (inits: readonly Uint8Array[]) => {
    const transactions = inits.map((data, nonce) => transaction({ to: null, data, nonce: BigInt(nonce) }));
    return blockInput(stateOf({ [ALICE]: { balance: COIN } }), transactions);
  };
  const run = (engine: Engine, inits: readonly Uint8Array[]) => {
    const input = blockOf(inits);
    engine.setState(input.state);
    return runBlock(engine, input);
  };

  // Small, so that translations are dropped.
  it.each([undefined, { translatedBytes: 4_000 }])("are as in a new engine, with limits %j", (limits) => {
    const engine = createEngine({ random, ...(limits && { limits }) });
    const statuses = new Set<number>();
    fc.assert(
      fc.property(fc.array(INIT, { minLength: 1, maxLength: 10 }), (inits) => {
        const results = [...inits, ...inits].map((init) => run(engine, [init]));
        inits.forEach((init, index) => {
          const expected = run(createEngine({ random }), [init]);
          expect(results[index]).toEqual(expected);
          expect(results[index + inits.length]).toEqual(expected);
          for (const outcome of expected.outcomes.flat())
            statuses.add(outcome.kind === "accepted" ? outcome.receipt.status : 2);
        });
      }),
      { numRuns: 40 },
    );
    expect([...statuses].sort()).toEqual([0, 1]);
  });

  /** Creates `child` twice, nothing between, and `child` with another byte; then stops or reverts. */
  const factoryOf = (child: string, position: number, byte: string, end: string): string => {
    const hex = (value: number) => value.toString(16).padStart(2, "0");
    const size = child.length / 2;
    const create = `60${hex(size)}5f5ff050`;
    const rest = `${create}5f5f5ff050${create}60${byte}60${hex(position % size)}53${create}${end}`;
    return `60${hex(size)}60${hex(6 + rest.length / 2)}5f39${rest}${child}`;
  };

  it("by factories are as in a new engine, also nested and reverted", () => {
    const engine = createEngine({ random });
    const child = fc.oneof(
      fc.constantFrom("5ff3", "5ffd", "600580600b5f395ff35b5b5b5b5b", "600456fe5b5ff3"),
      INIT.map((init) => bytesToHex(init).slice(2)),
    );
    const factory = (inner: fc.Arbitrary<string>) =>
      fc
        .tuple(inner, fc.nat(20), fc.constantFrom("00", "5b", "56", "60"), fc.constantFrom("00", "5f5ffd"))
        .map((parts) => factoryOf(...parts));
    const inits = fc.oneof(factory(child), factory(factory(child))).map((text) => code(text));
    let created = 0;
    fc.assert(
      fc.property(fc.array(inits, { minLength: 1, maxLength: 4 }), (all) => {
        for (const init of [...all, ...all]) {
          const expected = run(createEngine({ random }), [init]);
          expect(run(engine, [init])).toEqual(expected);
          created += expected.changes.codes.size;
        }
      }),
      { numRuns: 40 },
    );
    expect(created).toBeGreaterThan(0);
  });

  it("have the hashes of their code", () => {
    const engine = createEngine({ random });
    fc.assert(
      fc.property(fc.array(fc.constantFrom("01", "02", "0102", "0201"), { maxLength: 6 }), (deployed) => {
        const size = (text: string) => `60${(text.length / 2).toString(16).padStart(2, "0")}`;
        const inits = deployed.map((text) => code(`${size(text)}80600a5f395ff300${text}`));
        const { changes } = run(engine, inits);
        const got = [...changes.accounts.values()].filter((account) => account?.nonce === 1n);
        const expected = deployed.map((text) => keccak256Hex(code(text)));
        expect(got.map((account) => account?.codeHash).sort()).toEqual(
          deployed.length === 1 ? expect.arrayContaining(expected) : expected.sort(),
        );
        for (const hash of expected) expect(keccak256Hex(changes.codes.get(hash)!)).toBe(hash);
      }),
      { numRuns: RUNS },
    );
  });
});

it("KECCAK256 of any length, also of inputs that repeat", () => {
  const engine = createEngine({ random });
  // CALLDATACOPY to 0, KECCAK256, RETURN
  const state = contractState(code("365f5f37365f205f5260205ff3"));
  engine.setState(state);
  const hash = (data: Uint8Array) => {
    expect(engine.runCall(callInput(state, { data }).request)).toBe("ACCEPTED");
    const { memory } = engine;
    const at = memory.u32(MAP.RESULT + MAP.R_OUTPUT);
    const output = memory.copy(at, 32);
    engine.undoCall();
    return output;
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(299), (data, position) => {
      const other = data.map((byte, index) => (index === position ? byte ^ 1 : byte));
      for (const input of [data, other, data]) expect(hash(input)).toEqual(keccak256(input));
    }),
    { numRuns: RUNS },
  );
});
