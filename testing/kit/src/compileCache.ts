import { fileURLToPath } from "node:url";

// Coverage requires test processes, but not the processes that they start, to compile every module.
delete process.env.NODE_DISABLE_COMPILE_CACHE;
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL("../../../node_modules/.cache/trellis", import.meta.url),
);
