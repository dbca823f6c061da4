import { parseArgs } from "node:util";
import { createEvm, ethereumPricedPrecompiles } from "@trellis/evm";
import { FORK_NAMES } from "@trellis/protocol";
import { createOracleEvm } from "../createOracleEvm.ts";
import { fuzz } from "./fuzz.ts";
import { keepingResults } from "./keepingResults.ts";

// `node testing/oracle/src/fuzz/main.ts [PROGRAMS] [SEED] [interpreter] [--fork FORK]`: compiled and interpreted code
// against the oracle, or compiled code against the interpreter, which is faster.

const CHUNK = 10_000;
const { values, positionals } = parseArgs({ allowPositionals: true, options: { fork: { type: "string" } } });
const forks = FORK_NAMES.filter((name) => values.fork === undefined || name === values.fork);
if (forks.length === 0) throw new Error(`--fork is none of ${FORK_NAMES}: ${values.fork}`);
const programs = Number(positionals[0] ?? CHUNK);
const seed = Number(positionals[1] ?? Math.floor(Math.random() * 2 ** 31));
const random = { bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)) };
const precompiles = keepingResults(ethereumPricedPrecompiles);
const interpreted = createEvm({ precompiles, random, compile: false });
const compiled = createEvm({
  precompiles,
  random,
  compile: { gasPerByte: 0, moduleBytesMax: 1 << 20, bytesMax: 1 << 23 },
});
const [engines, oracle] =
  positionals[2] === "interpreter"
    ? [{ compiled }, interpreted]
    : [{ compiled, interpreted }, createOracleEvm()];
console.log(`${programs} programs, ${forks}, seed ${seed}`);
let blocks = 0;
for (let done = 0; done < programs; done += CHUNK) {
  const options = { seed: seed + done, programs: Math.min(CHUNK, programs - done), forks };
  const result = await fuzz(engines, oracle, options);
  blocks += result.blocks;
  for (const difference of result.differences) console.log(difference);
  if (result.differences.length > 0) process.exit(1);
  console.log(`${Math.min(done + CHUNK, programs)} programs, ${blocks} blocks compared`);
}
