import { createEvm, ethereumPricedPrecompiles } from "@trellis/evm";
import type { Evm } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createOracleEvm } from "../createOracleEvm.ts";
import { fuzz } from "./fuzz.ts";

const PROGRAMS = 1_000;
const SEED = process.env.TRELLIS_PROPERTY_SEED ?? "1";

const engine = createEvm({
  precompiles: ethereumPricedPrecompiles,
  random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
});
const oracle = createOracleEvm();

describe("random programs", () => {
  it("detect an engine that is wrong by one unit of gas", async () => {
    const wrong: Evm = {
      ...engine,
      async runBlock(input) {
        const result = await engine.runBlock(input);
        return { ...result, gasUsed: result.gasUsed + 1n };
      },
    };
    const { differences } = await fuzz(wrong, oracle, { seed: 1, programs: 1 });
    expect(differences[0]).toContain("seed 1, osaka, gas");
  });

  it("detect an engine that gives system calls one wei too much", async () => {
    const wrong: Evm = {
      ...engine,
      runBlock: (input) =>
        engine.runBlock({
          ...input,
          systemCalls: input.systemCalls.map((call) => ({ ...call, value: call.value + 1n })),
        }),
    };
    const { differences } = await fuzz(wrong, oracle, { seed: 1, programs: 10 });
    expect(differences[0]).toContain("the oracle");
  });

  it.each([
    ["interpreted", false],
    // EVM-21
    ["compiled", { gasPerByte: 0, moduleBytesMax: 1 << 20, bytesMax: 1 << 23 }],
  ] as const)(`${PROGRAMS} give the same %s and on ethereumjs`, async (_name, compile) => {
    const seed = SEED === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(SEED);
    console.log(`seed ${seed}`);
    const engine = createEvm({
      precompiles: ethereumPricedPrecompiles,
      random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
      compile,
    });
    const result = await fuzz(engine, createOracleEvm(), { seed, programs: PROGRAMS });
    console.log(`${result.blocks} blocks: ${result.succeeded} succeeded, ${result.failed} failed alike`);
    const { systemCalls } = result;
    console.log(`calls of the block: ${systemCalls.succeeded} succeeded, ${systemCalls.failed} failed alike`);
    expect(result.differences).toEqual([]);
    expect(result.succeeded).toBeGreaterThan(result.blocks / 10);
    expect(systemCalls.succeeded).toBeGreaterThan(result.blocks / 10);
  });
});
