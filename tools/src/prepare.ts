import { buildContracts } from "./buildContracts.ts";
import { buildEvm } from "./buildEvm.ts";
import { buildReserves } from "./buildReserves.ts";

// Runs at the end of `npm ci` (the root's `prepare` script): builds what is generated and not committed.

for (const build of [buildEvm, buildReserves, buildContracts]) {
  const startMs = performance.now();
  await build();
  console.log(`${build.name}: done in ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
}
