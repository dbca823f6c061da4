import { isTrellisError } from "@trellis/base";
import { simulate } from "./run/simulate.ts";

try {
  const failedCount = await simulate(process.argv.slice(2), (line) => console.log(line));
  process.exitCode = failedCount === 0 ? 0 : 1;
} catch (error) {
  if (!isTrellisError(error)) throw error;
  console.error(`${error.code}: ${error.message}\n${error.hint}`);
  process.exitCode = 2;
}
