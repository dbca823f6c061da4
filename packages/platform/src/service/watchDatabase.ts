import { type Clock, isTrellisError, type Scheduler } from "@trellis/base";
import type { Database } from "../db/index.ts";
import type { HealthCheck } from "../http/index.ts";
import { repeat } from "../lifecycle/repeat.ts";

const LOOK_MS = 3_000;
/** A transaction in the embedded database's single session delays the check. */
const SILENT_MS_MAX = 20_000;

export interface DatabaseWatch {
  readonly check: HealthCheck;
  stop(): void;
}

export function watchDatabase(
  database: Pick<Database, "query" | "shortage" | "tryRoom">,
  { clock, scheduler }: { readonly clock: Clock; readonly scheduler: Scheduler },
): DatabaseWatch {
  let answeredMs = clock.nowMs();
  let failure: string | undefined;
  const look = async (): Promise<void> => {
    try {
      await database.query("SELECT 1");
      // Reads succeed on a full disk.
      if (database.shortage() !== undefined) await database.tryRoom();
      answeredMs = clock.nowMs();
      failure = undefined;
    } catch (error) {
      failure = isTrellisError(error) ? error.code : "it fails";
    }
  };
  const looking = repeat(scheduler, LOOK_MS, look);
  return {
    check() {
      const silentMs = clock.nowMs() - answeredMs;
      return silentMs > SILENT_MS_MAX
        ? `no response for ${Math.round(silentMs / 1_000)} s`
        : (failure ?? database.shortage()?.code);
    },
    stop: () => looking.stop(),
  };
}
