import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { chartRenderer } from "./renderChart.ts";

const root = join(import.meta.dirname, "../../../..");
const render = chartRenderer(root);
if (render === undefined) throw new Error("neither Helm nor Go with its libraries is on this machine");
writeFileSync(join(root, "deploy/kubernetes/base/trellis.yaml"), render());
