import { fileURLToPath } from "node:url";
import { runSuites } from "./runSuites.ts";

// `.trellis` is kept between runs: contracts compile once.
const directory = fileURLToPath(new URL("../../../.trellis/suites", import.meta.url));
process.exitCode = await runSuites(process.argv.slice(2), directory, (line) => console.log(line));
