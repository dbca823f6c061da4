import { CANCUN_PRICED_PRECOMPILES, createEvm } from "@trellis/evm";
import { createOracleEvm } from "../createOracleEvm.ts";
import { fuzz } from "./fuzz.ts";

// `node testing/oracle/src/fuzz/main.ts [PROGRAMS] [SEED]`

const CHUNK = 10_000;
const programs = Number(process.argv[2] ?? CHUNK);
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31));
const engine = createEvm({
  precompiles: CANCUN_PRICED_PRECOMPILES,
  random: { bytes: (count) => crypto.getRandomValues(new Uint8Array(count)) },
});
const oracle = createOracleEvm();
console.log(`${programs} programs, seed ${seed}`);
let blocks = 0;
for (let done = 0; done < programs; done += CHUNK) {
  const result = await fuzz(engine, oracle, {
    seed: seed + done,
    programs: Math.min(CHUNK, programs - done),
  });
  blocks += result.blocks;
  for (const difference of result.differences) console.log(difference);
  console.log(`${Math.min(done + CHUNK, programs)} programs, ${blocks} blocks compared`);
  if (result.differences.length > 0) process.exit(1);
}
