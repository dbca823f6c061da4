import type { VerbIo } from "../../cli/VerbIo.ts";
import type { ReservesSettings } from "../../config/reserves.ts";
import { authorizedClient, snapshotNumber, writeResult } from "./client.ts";

/** Fetches a customer's proof: a file that verifies by itself. */
export async function prove(settings: ReservesSettings, io: VerbIo): Promise<void> {
  const client = await authorizedClient(settings, io);
  const number = await snapshotNumber(settings, client);
  const customer = encodeURIComponent(settings.operands[0] ?? "");
  await writeResult(await client.text(`/v1/customers/${customer}/snapshots/${number}/proof`), settings, io);
}
