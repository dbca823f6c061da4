import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** CycloneDX 1.6 in JSON: the fields that are read here. */
export interface Sbom {
  readonly components: readonly SbomComponent[];
}

export interface SbomComponent {
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly licenses?: readonly SbomLicence[];
}

export type SbomLicence =
  | { readonly expression: string }
  | { readonly license: { readonly id?: string; readonly name?: string } };

/** The production dependencies of the executable, with the Node.js that it brings. */
export function writeSbom(root: string, file: string): Sbom {
  const argv = ["--omit", "dev", "--workspace", "@trellis/trellis", "--include-workspace-root"];
  argv.push("--mc-type", "application", "--output-reproducible", "--output-file", file);
  execFileSync(join(root, "node_modules/.bin/cyclonedx-npm"), argv, { cwd: root, stdio: "inherit" });
  return JSON.parse(readFileSync(file, "utf8"));
}
