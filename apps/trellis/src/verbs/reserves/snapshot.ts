import { createProgress } from "@trellis/platform/progress";
import type { ProcessIo } from "@trellis/platform/service";
import { systemClock } from "@trellis/platform/system";
import { runJob } from "@trellis/reserves/service/client";
import { eventLine } from "../../cli/eventLine.ts";
import { openClient } from "../openClient.ts";
import { print } from "./client.ts";
import type { ReservesSettings } from "./settings.ts";

export async function snapshot(settings: ReservesSettings, io: ProcessIo): Promise<void> {
  const client = await openClient(settings, io);
  const { stderr } = io;
  const log = {
    info: (event: string, facts = {}): void => stderr.write(eventLine(event, facts, systemClock.nowMs())),
  };
  const progress = createProgress({ task: "snapshot" }, { stderr, log, clock: systemClock });
  const report = (what: string): void => {
    progress.end();
    stderr.write(`snapshot ${what}\n`);
  };
  const made = runJob<Record<string, unknown>>(
    client,
    "/v1/snapshots",
    {},
    report,
    ({ phase, done, total }) => progress.report(phase, done, total),
  );
  print(await made.finally(progress.end), settings, io);
}
