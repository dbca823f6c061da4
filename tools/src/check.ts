import { fileURLToPath } from "node:url";
import { runCheck } from "./runCheck.ts";
import { runTool } from "./runTool.ts";
import { ALLOWED } from "./tidy/allowed.ts";

// `--write` also formats sources and writes generated documents.
const findingCount = await runCheck({
  root: fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, ""),
  write: process.argv.includes("--write"),
  allowances: ALLOWED,
  print: (line) => console.log(line),
  runTool,
});
console.log(findingCount === 0 ? "check: all good" : `check: ${findingCount} findings`);
process.exit(findingCount === 0 ? 0 : 1);
