import { readFileSync } from "node:fs";
import type { ProcessIo } from "@trellis/platform/service";
import type { VersionSettings } from "./settings.ts";

export async function run(settings: VersionSettings, io: ProcessIo): Promise<void> {
  const manifest: { readonly version: string } = JSON.parse(
    readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
  );
  const facts = {
    trellis: manifest.version,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
  };
  io.stdout.write(
    settings.json
      ? `${JSON.stringify(facts)}\n`
      : `trellis ${facts.trellis} (Node.js ${facts.node}, ${facts.platform})\n`,
  );
}
