import { type EventDraft, openEvents } from "@trellis/platform/events";
import { openEventStream, type ServiceIo } from "@trellis/platform/service";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import type { ArbitrageStores } from "./openArbitrageAccess.ts";

const KEPT_MS = 7 * 86_400_000;

/** Events are stored, so that clients can resume. */
export async function openNews(
  { database, atRest }: ArbitrageStores,
  { lifecycle, log, metrics }: ServiceIo,
) {
  const own = log.child("events");
  const events = await openEvents(
    { schema: "arbitrage_events" },
    { database, clock: systemClock, log: own, atRest },
  );
  const tables = await database.openSchema<Record<string, never>>("arbitrage_news", []);
  const stream = await lifecycle.start(
    "events",
    () => openEventStream(events, { scheduler: systemScheduler, log: own, metrics }),
    (opened) => opened.close(),
  );
  return {
    stream,
    async announce(drafts: readonly EventDraft[]): Promise<void> {
      if (drafts.length === 0) return;
      await tables.transaction(async (transaction) => void (await events.publish(transaction, drafts)));
    },
    sweep: async (): Promise<void> => void (await events.prune(systemClock.nowMs() - KEPT_MS)),
  };
}
