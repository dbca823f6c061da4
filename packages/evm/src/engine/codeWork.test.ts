import type { Address } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEngine } from "../createEvm.ts";
import {
  CONTEXT,
  CONTRACT,
  callInput,
  code,
  MINER,
  OTHER,
  random,
  stateOf,
  type TestAccount,
} from "../testing/testState.ts";
import type { EngineLimits } from "./EngineLimits.ts";
import { MAP } from "./memoryMap.ts";

/** EIP-170. */
const CODE_SIZE_MAX = 24_576;
const BYTES_PER_GAS_MAX = 11;
const COUNT = 60;

function addressOf(index: number): Address {
  return `0x${(0x1_0000 + index).toString(16).padStart(40, "0")}`;
}

function largeCode(pattern: string, index: number): Uint8Array {
  const end = `00${index.toString(16).padStart(8, "0")}`;
  const length = CODE_SIZE_MAX * 2 - end.length;
  return code(pattern.repeat(Math.ceil(length / pattern.length)).slice(0, length) + end);
}

function callerOf(count: number, gas: number): Uint8Array {
  const calls = Array.from({ length: count }, (_, index) => {
    const address = (0x1_0000 + index).toString(16).padStart(6, "0");
    return `5f5f5f5f62${address}62${gas.toString(16).padStart(6, "0")}fa50`;
  });
  return code(`5b${calls.join("")}5f56`);
}

function measure(
  accounts: Readonly<Record<Address, TestAccount>>,
  gasLimit: bigint,
  limits: Partial<EngineLimits> = {},
): { gasUsed: number; work: number } {
  const engine = createEngine({ random, limits });
  engine.setState(stateOf(accounts));
  engine.setContext(CONTEXT, { baseFee: 0n });
  engine.setRecipients(MINER, MINER);
  const { request } = callInput(engine.state, { to: CONTRACT, gasLimit });
  expect(engine.runCall(request)).toBe("ACCEPTED");
  return {
    gasUsed: Number(engine.memory.u64(MAP.RESULT + MAP.R_GAS_USED)),
    work: engine.core.codeWorkDone(),
  };
}

describe("EVM-16: translating code costs gas", () => {
  const patterns = {
    JUMPDEST: "5b",
    "PC, POP": "5850",
    "PUSH1, POP": "600150",
    "PUSH32, POP": `7f${"ff".repeat(32)}50`,
    "a jump to the end": `615ffa56${"5b".repeat(0x5ffa - 4)}5b00`,
    "GAS, POP": "5a50",
  };
  for (const [name, pattern] of Object.entries(patterns)) {
    it.each([0, 600, 70_000])(`${name}, called with a gas of %i`, (gas) => {
      const accounts: Record<Address, TestAccount> = {
        [CONTRACT]: { nonce: 1n, code: callerOf(COUNT, gas) },
      };
      for (let index = 0; index < COUNT; index++) {
        accounts[addressOf(index)] = { nonce: 1n, code: largeCode(pattern, index) };
      }
      for (const limits of [{}, { translatedBytes: 1_500_000 }]) {
        const { gasUsed, work } = measure(accounts, 5_000_000n, limits);
        const searched = (COUNT + 1) * CODE_SIZE_MAX;
        expect(work).toBeLessThanOrEqual(searched + gasUsed * BYTES_PER_GAS_MAX);
      }
    });
  }

  it("a gas of 0 translates nothing", () => {
    const caller = code(`${`5f5f5f5f73${OTHER.slice(2)}5ffa50`.repeat(300)}00`);
    const callee = largeCode("5b", 0);
    const { work } = measure(
      { [CONTRACT]: { nonce: 1n, code: caller }, [OTHER]: { nonce: 1n, code: callee } },
      5_000_000n,
    );
    expect(work).toBeLessThan(2 * caller.length);
  });

  it("any code, called with any gas", () => {
    const opcodes = fc.array(
      fc.oneof(
        fc.constantFrom("5b", "58", "50", "5f", "80", "5a", "01", "6001", "600456", "5f600657", "3d"),
        fc.integer({ min: 0, max: 255 }).map((byte) => byte.toString(16).padStart(2, "0")),
      ),
      { minLength: 1, maxLength: 2_000 },
    );
    fc.assert(
      fc.property(opcodes, fc.integer({ min: 0, max: 5_000 }), (body, gas) => {
        const callee = code(body.join(""));
        const accounts = {
          [CONTRACT]: { nonce: 1n, code: callerOf(1, gas) },
          [addressOf(0)]: { nonce: 1n, code: callee },
        };
        const wide = measure(accounts, 300_000n);
        const narrow = measure(accounts, 300_000n, { translatedBytes: 250_000 });
        expect(narrow.gasUsed).toBe(wide.gasUsed);
        for (const { gasUsed, work } of [wide, narrow]) {
          // Each creation also processes init code, for 32,000 gas.
          const created = Math.ceil(gasUsed / 32_000) * 2 * CODE_SIZE_MAX;
          expect(work).toBeLessThanOrEqual(callee.length + 100 + created + gasUsed * BYTES_PER_GAS_MAX);
        }
      }),
      { numRuns: 300 },
    );
  });
});
