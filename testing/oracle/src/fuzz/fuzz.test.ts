import { createEvm, ethereumPricedPrecompiles } from "@trellis/evm";
import { FORK_NAMES } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { createOracleEvm, type OracleEvm } from "../createOracleEvm.ts";
import { fuzz } from "./fuzz.ts";
import { keepingResults } from "./keepingResults.ts";

const PROGRAMS = 1_000;
const SEED = process.env.TRELLIS_PROPERTY_SEED ?? "1";

const options = {
  precompiles: keepingResults(ethereumPricedPrecompiles),
  random: { bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)) },
};
const engine = createEvm(options);
const oracle = createOracleEvm();

describe("random programs", () => {
  it("detect an engine that is wrong by one unit of gas", async () => {
    const wrong: OracleEvm = {
      ...engine,
      async runBlock(input) {
        const result = await engine.runBlock(input);
        return { ...result, gasUsed: result.gasUsed + 1n };
      },
    };
    const engines = { right: engine, wrong };
    const { differences } = await fuzz(engines, oracle, { seed: 1, programs: 1, forks: ["osaka"] });
    expect(differences[0]).toContain("wrong, seed 1, osaka, gas");
  });

  it("detect an engine that gives system calls one wei too much", async () => {
    const wrong: OracleEvm = {
      ...engine,
      runBlock: (input) =>
        engine.runBlock({
          ...input,
          systemCalls: input.systemCalls.map((call) => ({ ...call, value: call.value + 1n })),
        }),
    };
    const { differences } = await fuzz({ wrong }, oracle, { seed: 1, programs: 10, forks: FORK_NAMES });
    expect(differences[0]).toContain("the oracle");
  });

  // EVM-21
  it(`${PROGRAMS} give the same interpreted, compiled and on ethereumjs`, async () => {
    const seed = SEED === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(SEED);
    console.log(`seed ${seed}`);
    const interpreted = createEvm({ ...options, compile: false });
    const compile = { gasPerByte: 0, moduleBytesMax: 1 << 20, bytesMax: 1 << 23 };
    const engines = { interpreted, compiled: createEvm({ ...options, compile }) };
    const result = await fuzz(engines, oracle, { seed, programs: PROGRAMS, forks: FORK_NAMES });
    console.log(`${result.blocks} blocks: ${result.succeeded} succeeded, ${result.failed} failed alike`);
    const { systemCalls } = result;
    console.log(`calls of the block: ${systemCalls.succeeded} succeeded, ${systemCalls.failed} failed alike`);
    expect(result.differences).toEqual([]);
    expect(result.succeeded).toBeGreaterThan(result.blocks / 10);
    expect(systemCalls.succeeded).toBeGreaterThan(result.blocks / 10);
  });
});
