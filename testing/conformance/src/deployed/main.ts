import { compareDeployed } from "./compareDeployed.ts";

// node testing/conformance/src/deployed/main.ts [SWAPS of each kind] [SEED] [DIRECTORY of
// @balancer-labs/v2-deployments]
const SHOWN_MAX = 10;
const [count, number, balancer] = process.argv.slice(2);
const swaps = Number(count ?? 50_000);
let found = 0;
for (const [kind, differences] of Object.entries(compareDeployed(swaps, Number(number ?? 1), balancer))) {
  for (const line of differences.found.slice(0, SHOWN_MAX)) console.log(line);
  console.log(
    `${kind}: ${swaps} swaps, ${differences.compared} comparisons, ${differences.found.length} differ`,
  );
  found += differences.found.length;
}
process.exit(found === 0 ? 0 : 1);
