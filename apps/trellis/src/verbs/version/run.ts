import type { ProcessIo } from "@trellis/platform/service";
import { release } from "./release.ts";
import type { VersionSettings } from "./settings.ts";

export async function run(settings: VersionSettings, io: ProcessIo): Promise<void> {
  const facts = {
    trellis: release(),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
  };
  io.stdout.write(
    settings.json
      ? `${JSON.stringify(facts)}\n`
      : `trellis ${facts.trellis} (Node.js ${facts.node}, ${facts.platform})\n`,
  );
}
