import { isTrellisError, type Log, type Scheduler } from "@trellis/base";
import type { HealthCheck } from "@trellis/platform/http";
import { repeat } from "@trellis/platform/service";
import type { Publisher } from "./openPublisher.ts";

const LOOK_MS = 10_000;

export interface LogWatch {
  /** For /ready: why nothing is put into the log. */
  readonly check: HealthCheck;
  stop(): void;
}

/** Asks at once, and then now and then, whether the log continues what was signed last of it, by whichever process. */
export async function watchLog(
  publisher: Pick<Publisher, "requireContinued">,
  { scheduler, log }: { readonly scheduler: Scheduler; readonly log: Log },
): Promise<LogWatch> {
  let failure: string | undefined;
  const look = async (): Promise<void> => {
    try {
      await publisher.requireContinued();
      failure = undefined;
    } catch (error) {
      // A database that does not answer is told of by its own watch.
      if (!isTrellisError(error, "LOG_ROLLED_BACK") && !isTrellisError(error, "LOG_TILE_DAMAGED")) return;
      if (failure === undefined) log.error(error.message, { code: error.code, hint: error.hint });
      failure = `${error.code}: ${error.hint}`;
    }
  };
  await look();
  const looking = repeat(scheduler, LOOK_MS, look);
  return { check: () => failure, stop: () => looking.stop() };
}
