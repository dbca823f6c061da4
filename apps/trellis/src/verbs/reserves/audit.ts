import type { ProcessIo } from "@trellis/platform/service";
import { openClient } from "../openClient.ts";
import { print, snapshotNumber } from "./client.ts";
import { writeResultFile } from "./resultFile.ts";
import type { ReservesSettings } from "./settings.ts";

export async function audit(settings: ReservesSettings, io: ProcessIo): Promise<void> {
  const client = await openClient(settings, io);
  const snapshot = await snapshotNumber(settings, client);
  const lines = client.stream(`/v1/snapshots/${snapshot}/export`, "application/jsonl");
  if (settings.out === "") {
    for await (const chunk of lines) io.stdout.write(chunk);
    return;
  }
  const bytes = await writeResultFile(settings.out, lines);
  print({ snapshot, file: settings.out, bytes }, settings, io);
}
