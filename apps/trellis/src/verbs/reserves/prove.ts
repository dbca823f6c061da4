import type { ProcessIo } from "@trellis/platform/service";
import { openClient } from "../openClient.ts";
import { snapshotNumber, writeResult } from "./client.ts";
import type { ReservesSettings } from "./settings.ts";

export async function prove(settings: ReservesSettings, io: ProcessIo): Promise<void> {
  const client = await openClient(settings, io);
  const number = await snapshotNumber(settings, client);
  const customer = encodeURIComponent(settings.operands[0] ?? "");
  await writeResult(await client.text(`/v1/customers/${customer}/snapshots/${number}/proof`), settings, io);
}
