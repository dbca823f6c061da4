#!/usr/bin/env node
// Plain JavaScript, so that an old Node.js reports its version instead of failing on the sources.
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
// Diagnostic reports may be shared. Each thread needs this setting.
process.report.excludeEnv = true;
const [{ readdirSync, readFileSync }, { enableCompileCache }, os, { fileURLToPath }, { setFlagsFromString }] =
  await Promise.all(["fs", "module", "os", "url", "v8"].map((name) => import(`node:${name}`)));
if (os.availableParallelism() <= 2) yieldToMainThread();
// This process's children and the next start load compiled modules from the cache. If the folder is not
// writable, nothing is cached. The container image, whose packages are read-only, sets another folder.
const { NODE_COMPILE_CACHE } = process.env;
const cache =
  NODE_COMPILE_CACHE || fileURLToPath(new URL("../../../node_modules/.cache/trellis", import.meta.url));
enableCompileCache(cache);
process.env.NODE_COMPILE_CACHE = cache;
await import("../src/main.ts");

/**
 * On one or two cores, V8's helper threads compete with the main thread, which also waits for them.
 */
function yieldToMainThread() {
  for (const part of ["scavenge", "compaction", "pointer-update", "gc-clearing"]) {
    setFlagsFromString(`--no-parallel-${part}`);
  }
  setFlagsFromString("--concurrent-marking-max-worker-num=1");
  if (process.platform !== "linux") return;
  const threads = "/proc/self/task";
  try {
    for (const thread of readdirSync(threads)) {
      const name = readFileSync(`${threads}/${thread}/comm`, "utf8");
      if (name.includes("V8Worker"))
        os.setPriority(Number(thread), os.constants.priority.PRIORITY_BELOW_NORMAL);
    }
  } catch {
    // A sandbox may hide threads. The helper threads then keep their priority.
  }
}
