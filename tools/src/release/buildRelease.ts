import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findingLine } from "../finding.ts";
import { checkLicences } from "./checkLicences.ts";
import type { Release } from "./checkRelease.ts";
import { packPackages } from "./packPackages.ts";
import type { StageOptions } from "./stagePackage.ts";
import { writeSbom } from "./writeSbom.ts";

/** Writes packages, archives of the other SDKs, SBOM, notes and checksums into `outDir`. */
export async function buildRelease(release: Release, options: StageOptions, outDir: string): Promise<void> {
  rmSync(outDir, { recursive: true, force: true });
  mkdirSync(outDir, { recursive: true });
  await packPackages(options, outDir);
  for (const language of ["python", "go"]) archiveSdk(language, release, options.root, outDir);
  const unlicensed = checkLicences(writeSbom(options.root, join(outDir, "sbom.cdx.json")));
  if (unlicensed.length > 0) throw new Error(unlicensed.map(findingLine).join("\n"));
  writeFileSync(join(outDir, "NOTES.md"), `${release.notes}\n`);
  writeFileSync(join(outDir, "SHA256SUMS"), checksums(outDir));
}

function archiveSdk(language: string, { version }: Release, root: string, outDir: string): void {
  const name = `trellis-reserves-${language}-${version}`;
  const argv = ["--create", "--use-compress-program=gzip -n", "--file", join(outDir, `${name}.tar.gz`)];
  // Equal sources give equal archives.
  argv.push("--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mode=u+rw,go=r,a+X", "--mtime=@0");
  argv.push(`--transform=s,^${language},${name},`, "--directory", join(root, "sdk/generated"), language);
  execFileSync("tar", argv);
}

/** In the format of `sha256sum --check`. */
function checksums(folder: string): string {
  const lines = readdirSync(folder)
    .sort()
    .map((name) => {
      const hash = createHash("sha256")
        .update(readFileSync(join(folder, name)))
        .digest("hex");
      return `${hash}  ${name}\n`;
    });
  return lines.join("");
}
