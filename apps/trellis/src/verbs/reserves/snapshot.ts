import type { VerbIo } from "../../cli/VerbIo.ts";
import type { ReservesSettings } from "../../config/reserves.ts";
import { authorizedClient, print } from "./client.ts";
import { runJob } from "./runJob.ts";

/** Takes a snapshot and waits until it is public. @throws RESERVES_JOB_FAILED, and what the service refuses */
export async function snapshot(settings: ReservesSettings, io: VerbIo): Promise<void> {
  const client = await authorizedClient(settings, io);
  const tell = (what: string): void => io.stderr.write(`the snapshot ${what}\n`);
  print(await runJob(client, "/v1/snapshots", {}, tell), settings, io);
}
