import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { PUBLISHED } from "./published.ts";
import { type StageOptions, stagePackage } from "./stagePackage.ts";

export interface PackedPackage {
  readonly name: string;
  readonly version: string;
  readonly filename: string;
  /** Bytes, compressed and installed. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly entryCount: number;
}

/** Writes the packages' archives into `outDir`. Equal sources give equal archives. */
export async function packPackages(options: StageOptions, outDir: string): Promise<PackedPackage[]> {
  mkdirSync(outDir, { recursive: true });
  const folders: string[] = [];
  for (const published of PUBLISHED) {
    const folder = join(options.root, "artifacts/packages", published.name);
    await stagePackage(published, options, folder);
    folders.push(folder);
  }
  const argv = ["pack", "--json", "--ignore-scripts", "--pack-destination", outDir, ...folders];
  return JSON.parse(execFileSync("npm", argv, { cwd: options.root, encoding: "utf8" }));
}
