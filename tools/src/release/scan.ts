import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Finding, findingLine } from "../finding.ts";
import { checkLicences } from "./checkLicences.ts";
import { checkSecrets } from "./checkSecrets.ts";
import { writeSbom } from "./writeSbom.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const scratch = mkdtempSync(join(tmpdir(), "trellis-scan-"));
process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));

report("licences", checkLicences(writeSbom(root, join(scratch, "sbom.cdx.json"))));
report("secrets", await checkSecrets(root));

function report(name: string, findings: readonly Finding[]): void {
  console.log(`${findings.length === 0 ? "ok  " : "FAIL"}  ${name}`);
  for (const finding of findings) console.log(`      ${findingLine(finding)}`);
  if (findings.length > 0) process.exitCode = 1;
}
