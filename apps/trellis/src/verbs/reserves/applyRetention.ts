import type { ProcessIo } from "@trellis/platform/service";
import { runJob } from "@trellis/reserves/service/client";
import { openClient } from "../openClient.ts";
import { print } from "./client.ts";
import type { ReservesSettings } from "./settings.ts";

interface RetentionResult {
  readonly outcomes: readonly {
    readonly subject: string;
    readonly kept: number | "forever";
    readonly count: number;
    readonly failure?: string;
  }[];
}

export async function applyRetention(settings: ReservesSettings, io: ProcessIo): Promise<void> {
  const client = await openClient(settings, io);
  const { dryRun: isDryRun } = settings;
  const { outcomes } = await runJob<RetentionResult>(client, "/v1/retention-runs", { isDryRun });
  if (settings.json) return print({ isDryRun, outcomes }, settings, io);
  const describeOutcome = ({ kept, count, failure }: RetentionResult["outcomes"][number]): string => {
    const days = kept === "forever" ? "kept forever" : `older than ${kept} days: ${count}`;
    return failure === undefined ? days : `${days}, ${failure}`;
  };
  print(
    Object.fromEntries(outcomes.map((outcome) => [outcome.subject, describeOutcome(outcome)])),
    settings,
    io,
  );
}
