import { isTrellisError, type Log, type Scheduler } from "@trellis/base";
import type { HealthCheck } from "@trellis/platform/http";
import { repeat } from "@trellis/platform/service";
import type { Publisher } from "./openPublisher.ts";

const LOOK_MS = 10_000;

export interface LogWatch {
  readonly check: HealthCheck;
  stop(): void;
}

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
      if (!isTrellisError(error, "LOG_ROLLED_BACK") && !isTrellisError(error, "LOG_TILE_DAMAGED")) return;
      if (failure === undefined) {
        const { code, hint, message } = error;
        log.error("transparencyLog.damaged", { code, hint, message });
      }
      failure = `${error.code}: ${error.hint}`;
    }
  };
  await look();
  const looking = repeat(scheduler, LOOK_MS, look);
  return { check: () => failure, stop: () => looking.stop() };
}
