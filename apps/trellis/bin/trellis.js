#!/usr/bin/env node
// Plain JavaScript that any Node.js can read: an old one must say what is wrong, not fail on the sources.
const NODE_MAJOR_MIN = 24;
const major = Number(process.versions.node.split(".")[0]);
if (major < NODE_MAJOR_MIN) {
  console.error(
    `trellis: Node.js ${NODE_MAJOR_MIN} or newer is needed (got: ${process.versions.node})\n` +
      "  code: NODE_TOO_OLD\n" +
      "  hint: `npm start` and `npx trellis` run on the Node.js that `npm ci` installs with the project",
  );
  process.exit(1);
}
const [{ enableCompileCache }, { availableParallelism }, { fileURLToPath }, { setFlagsFromString }] =
  await Promise.all([import("node:module"), import("node:os"), import("node:url"), import("node:v8")]);
// On one or two cores the garbage collector's helpers find none free, and the thread that serves waits for them.
if (availableParallelism() <= 2) setFlagsFromString("--no-parallel-scavenge");
// The next start takes compiled modules from there, and so do processes that this one starts. Where it cannot be written,
// nothing is kept.
const cache = fileURLToPath(new URL("../../../node_modules/.cache/trellis", import.meta.url));
enableCompileCache(cache);
process.env.NODE_COMPILE_CACHE = cache;
await import("../src/main.ts");
