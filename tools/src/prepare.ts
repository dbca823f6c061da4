import { buildConsole } from "./buildConsole.ts";
import { buildContracts } from "./buildContracts.ts";
import { buildErrors } from "./buildErrors.ts";
import { buildEvm } from "./buildEvm.ts";
import { buildMarket } from "./buildMarket.ts";
import { buildMining } from "./buildMining.ts";
import { buildReserves } from "./buildReserves.ts";
import { buildSdks } from "./buildSdks.ts";
import { buildVerifier } from "./buildVerifier.ts";

// Runs after `npm ci`.

const BUILDS = [
  buildEvm,
  buildMining,
  buildReserves,
  buildVerifier,
  buildContracts,
  buildSdks,
  buildErrors,
  buildMarket,
  buildConsole,
];

for (const build of BUILDS) {
  const startMs = performance.now();
  await build();
  console.log(`${build.name}: done in ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
}
