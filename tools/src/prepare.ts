import { existsSync } from "node:fs";

// Runs at the end of `npm ci` (the root's `prepare` script): builds what is generated and not committed.

const BUILDS = { buildEvm: "./buildEvm.ts", buildContracts: "./buildContracts.ts" };

for (const [name, file] of Object.entries(BUILDS)) {
  if (!existsSync(new URL(file, import.meta.url))) continue;
  const startMs = performance.now();
  const module: Record<string, () => Promise<unknown>> = await import(file);
  await module[name]!();
  console.log(`${name}: done in ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
}
