import type { ProcessIo } from "@trellis/platform/service";
import { openClient } from "../openClient.ts";
import { snapshotNumber, writeResult } from "./client.ts";
import type { ReservesSettings } from "./settings.ts";

const MEDIA_TYPES = { json: "application/json", csv: "text/csv", pdf: "application/pdf" } as const;

export async function report(settings: ReservesSettings, io: ProcessIo): Promise<void> {
  const client = await openClient(settings, io);
  const number = await snapshotNumber(settings, client);
  const { format } = settings;
  const bytes = await client.bytes(`/v1/snapshots/${number}/report`, MEDIA_TYPES[format]);
  await writeResult(format === "pdf" ? bytes : new TextDecoder().decode(bytes), settings, io);
}
