import type { ProcessIo } from "@trellis/platform/service";
import { openNodeClient } from "../openClient.ts";
import { writeResultFile } from "../reserves/resultFile.ts";
import type { ProfileVerbSettings } from "./settings.ts";

export async function run(settings: ProfileVerbSettings, io: ProcessIo): Promise<void> {
  const { kind, seconds, out } = settings;
  const client = await openNodeClient(settings, io);
  const profile = await client.text(`/v1/operations/profile?kind=${kind}&seconds=${seconds}`);
  if (out === "") io.stdout.write(`${profile}\n`);
  else io.stdout.write(`${out}: ${await writeResultFile(out, profile)} bytes\n`);
}
