import type { ProcessIo } from "@trellis/platform/service";
import { runJob } from "@trellis/reserves/service/client";
import { authorizedClient, print } from "./client.ts";
import type { ReservesSettings } from "./settings.ts";

interface Retained {
  readonly outcomes: readonly {
    readonly subject: string;
    readonly kept: number | "forever";
    readonly count: number;
    readonly failure?: string;
  }[];
}

/**
 * Removes what its time is over of; with --dry-run only tells what that is.
 * @throws RESERVES_JOB_FAILED, and what the service refuses
 */
export async function retain(settings: ReservesSettings, io: ProcessIo): Promise<void> {
  const client = await authorizedClient(settings, io);
  const { dryRun: isDryRun } = settings;
  const { outcomes } = await runJob<Retained>(client, "/v1/retention-runs", { isDryRun });
  if (settings.json) return print({ isDryRun, outcomes }, settings, io);
  const said = ({ kept, count, failure }: Retained["outcomes"][number]): string => {
    const days = kept === "forever" ? "kept forever" : `older than ${kept} days: ${count}`;
    return failure === undefined ? days : `${days}, ${failure}`;
  };
  print(Object.fromEntries(outcomes.map((outcome) => [outcome.subject, said(outcome)])), settings, io);
}
