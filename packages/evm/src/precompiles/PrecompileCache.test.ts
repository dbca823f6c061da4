import { bigintToBytes, bytesToHex, concatBytes } from "@trellis/base";
import { type BlockResult, FORKS } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEngine, createEvm } from "../createEvm.ts";
import { runBlock } from "../runBlock.ts";
import {
  blockInput,
  CONTRACT,
  callInput,
  code,
  contractState,
  random,
  transaction,
} from "../testing/testState.ts";
import { NO_OUTPUT, type Precompile, type PrecompileResult } from "./Precompile.ts";
import { PrecompileCache } from "./PrecompileCache.ts";
import { trellisPrecompiles } from "./precompiles.ts";

const PAIRING = 0x08;
const SHA256 = 0x02;
/** Calls the address in the data's first word with the remaining data. */
const CALLS_FIRST_WORD = "36602090038060205f375f5f825f5f5f355af13d5f5f3e";
const RETURNS = `${CALLS_FIRST_WORD}3d5ff3`;
const STORES_HASH = `${CALLS_FIRST_WORD}3d5f20015f5500`;

function blake2Input(rounds: number): Uint8Array {
  const input = Uint8Array.from({ length: 213 }, (_, at) => at);
  new DataView(input.buffer).setUint32(0, rounds);
  input[212] = 1;
  return input;
}

function dataFor(id: number, input: Uint8Array): Uint8Array {
  return concatBytes(bigintToBytes(BigInt(id), 32), input);
}

function counted() {
  const runs = { count: 0 };
  const run: Precompile = (input, gas): PrecompileResult | undefined => {
    if (gas < 10) return { gasUsed: 10, output: NO_OUTPUT };
    runs.count++;
    return input.length === 0 ? undefined : { gasUsed: 10, output: input.slice() };
  };
  return { runs, run };
}

describe("EVM-19: cache of precompile results", () => {
  it("runs equal input once, and other input separately", () => {
    const { runs, run } = counted();
    const cache = new PrecompileCache();
    const input = new Uint8Array([1, 2, 3]);
    expect(cache.run(PAIRING, run, input, 10)).toEqual({ gasUsed: 10, output: input });
    expect(cache.run(PAIRING, run, input.slice(), 99)).toEqual({ gasUsed: 10, output: input });
    expect(runs.count).toBe(1);
    expect(cache.run(PAIRING, run, new Uint8Array([1, 2, 4]), 10)!.output[2]).toBe(4);
    expect(cache.run(0x07, run, input, 10)!.output).toEqual(input);
    expect(runs.count).toBe(3);
  });

  it("runs cheap calls each time", () => {
    const { runs, run } = counted();
    const cache = new PrecompileCache();
    for (let i = 0; i < 3; i++) cache.run(SHA256, run, new Uint8Array([1]), 10);
    expect(runs.count).toBe(3);
  });

  it("stores only what the gas paid for", () => {
    const { run } = counted();
    const cache = new PrecompileCache();
    const input = new Uint8Array([1]);
    expect(cache.run(PAIRING, run, input, 9)).toEqual({ gasUsed: 10, output: NO_OUTPUT });
    expect(cache.run(PAIRING, run, input, 10)).toEqual({ gasUsed: 10, output: input });
    expect(cache.run(PAIRING, run, input, 9)!.gasUsed).toBe(10);
  });

  it("reuses a failure for the same gas or less", () => {
    const { runs, run } = counted();
    const cache = new PrecompileCache();
    const tries = [20, 20, 15, 21].map((gas) => {
      expect(cache.run(PAIRING, run, NO_OUTPUT, gas)).toBeUndefined();
      return runs.count;
    });
    expect(tries).toEqual([1, 1, 1, 2]);
  });

  it("stays within its byte limit", () => {
    const { runs, run } = counted();
    const cache = new PrecompileCache();
    const inputOf = (index: number): Uint8Array => new Uint8Array(new Uint32Array([index]).buffer);
    for (let i = 0; i < 70_000; i++) cache.run(PAIRING, run, inputOf(i), 10);
    cache.run(PAIRING, run, inputOf(69_999), 10);
    expect(runs.count).toBe(70_000);
    cache.run(PAIRING, run, inputOf(0), 10);
    expect(runs.count).toBe(70_001);
  });

  it("does not repeat computations of an earlier block", () => {
    const { runs, run } = counted();
    const evm = createEvm({ random, precompiles: () => new Map([[PAIRING, run]]), keepsResults: true });
    const state = contractState(code("365f5f37602060205f365f5f60085af1505f6020515f5500"));
    const data = new Uint8Array(32).fill(5);
    const input = blockInput(state, [transaction({ to: CONTRACT, data })]);
    const results = [0, 1].map(() => evm.runBlock(input) as BlockResult);
    expect(runs.count).toBe(1);
    expect(results[1]).toEqual(results[0]);
  });

  it("gives the same results for blocks as an engine without the cache", () => {
    const cached = createEngine({ random }, "core", new PrecompileCache());
    const plain = createEngine({ random });
    const rounds = fc.constantFrom(0, 12, 4_999, 5_000, 5_001, 20_000);
    const blake2 = rounds.map((count) => dataFor(0x09, blake2Input(count)));
    const others = fc
      .tuple(
        fc.constantFrom(...trellisPrecompiles(FORKS.osaka).keys()),
        fc.constantFrom(0, 1, 96, 128, 192, 384),
      )
      .map(([id, length]) => dataFor(id, new Uint8Array(length)));
    const call = fc.record({ data: fc.oneof(blake2, others), gas: fc.integer({ min: 0, max: 400_000 }) });
    fc.assert(
      fc.property(fc.array(call, { maxLength: 6 }), (calls) => {
        const transactions = calls.map(({ data, gas }, index) =>
          transaction({ nonce: BigInt(index), to: CONTRACT, data, gasLimit: BigInt(60_000 + gas) }),
        );
        const input = blockInput(contractState(code(STORES_HASH)), transactions);
        const [withCache, without, again] = [cached, plain, cached].map((engine) => {
          engine.setState(input.state);
          return runBlock(engine, input);
        });
        expect(withCache).toEqual(without);
        expect(again).toEqual(without);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    [
      4_999,
      "0xbb1eb5417fd4af27b01cd1aca40f2b51ea2175b475de9cc988cbfe9ddc326e41b4df41bc4d3d81264486ea4bdbe1f387537a90ef77330db04e52fc9d88faf5d6",
    ],
    [
      5_000,
      "0x7dcc153cac22a0b3ca033bae22701d814398ffb57c66fc757e2060873f2edba6aedcdaa8152a8178923899268612e913e90325792628eaf1400522ed743fbb87",
    ],
  ])("BLAKE2 of %i rounds equals ethereumjs", async (rounds, expected) => {
    const state = contractState(code(RETURNS));
    const { output } = await createEvm({ random }).call(
      callInput(state, { data: dataFor(0x09, blake2Input(rounds)) }),
    );
    expect(bytesToHex(output)).toBe(expected);
  });
});
