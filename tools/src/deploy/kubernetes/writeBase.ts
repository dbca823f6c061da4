import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chartRenderer } from "./renderChart.ts";

const root = join(import.meta.dirname, "../../../..");
const scratch = mkdtempSync(join(tmpdir(), "trellis-renderer-"));
const render = chartRenderer(root, scratch);
if (render === undefined) throw new Error("neither Helm nor Go with its libraries is on this machine");
writeFileSync(join(root, "deploy/kubernetes/base/trellis.yaml"), render());
rmSync(scratch, { recursive: true });
