import { fileURLToPath } from "node:url";
import { runConformance } from "./runConformance.ts";

const besideTheProject = fileURLToPath(new URL("../../../../shared/vectors", import.meta.url));
const exitCode = await runConformance(
  process.argv.slice(2),
  process.env.TRELLIS_VECTORS || besideTheProject,
  {
    print: (line) => console.log(line),
    complain: (line) => console.error(line),
  },
);
process.exit(exitCode);
