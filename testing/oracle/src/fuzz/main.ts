import { createEvm, ethereumPricedPrecompiles } from "@trellis/evm";
import type { Evm } from "@trellis/protocol";
import { createOracleEvm } from "../createOracleEvm.ts";
import { fuzz } from "./fuzz.ts";

// `node testing/oracle/src/fuzz/main.ts [PROGRAMS] [SEED] [interpreter]`: compiled code against the oracle, or against the
// interpreter, which is faster.

const CHUNK = 10_000;
const programs = Number(process.argv[2] ?? CHUNK);
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31));
const random = { bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)) };
const precompiles = ethereumPricedPrecompiles;
const interpreter = createEvm({ precompiles, random, compile: false });
const compiled = createEvm({
  precompiles,
  random,
  compile: { gasPerByte: 0, moduleBytesMax: 1 << 20, bytesMax: 1 << 23 },
});
const pairs: readonly [name: string, Evm, Evm][] =
  process.argv[4] === "interpreter"
    ? [["compiled and interpreted", compiled, interpreter]]
    : [
        ["compiled, oracle", compiled, createOracleEvm()],
        ["interpreted, oracle", interpreter, createOracleEvm()],
      ];
console.log(`${programs} programs, seed ${seed}`);
let blocks = 0;
for (let done = 0; done < programs; done += CHUNK) {
  const options = { seed: seed + done, programs: Math.min(CHUNK, programs - done) };
  for (const [name, engine, peer] of pairs) {
    const result = await fuzz(engine, peer, options);
    blocks += result.blocks;
    for (const difference of result.differences) console.log(`${name}: ${difference}`);
    if (result.differences.length > 0) process.exit(1);
  }
  console.log(`${Math.min(done + CHUNK, programs)} programs, ${blocks} blocks compared`);
}
