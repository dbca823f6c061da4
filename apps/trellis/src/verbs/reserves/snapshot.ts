import type { ProcessIo } from "@trellis/platform/service";
import { runJob } from "@trellis/reserves/service/client";
import { openClient } from "../openClient.ts";
import { print } from "./client.ts";
import type { ReservesSettings } from "./settings.ts";

export async function snapshot(settings: ReservesSettings, io: ProcessIo): Promise<void> {
  const client = await openClient(settings, io);
  const report = (what: string): void => io.stderr.write(`snapshot ${what}\n`);
  print(await runJob(client, "/v1/snapshots", {}, report), settings, io);
}
