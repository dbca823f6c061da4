import type { Log, Scheduler } from "@trellis/base";
import { repeat } from "@trellis/platform/service";
import type { TradingWatch } from "../operation/index.ts";

const LOOK_MS = 5_000;

/** Logs and retries failures. */
export function watchTrading(
  watch: TradingWatch,
  { scheduler, log }: { readonly scheduler: Scheduler; readonly log: Log },
): { stop(): Promise<void> } {
  let looking = look();
  async function look(): Promise<void> {
    try {
      await watch.look();
    } catch (error) {
      log.error("tradingWatch.failed", {
        error: error instanceof Error ? error : String(error),
        message: "The kill switch is checked again at the next interval.",
      });
    }
  }
  const repeating = repeat(scheduler, LOOK_MS, () => {
    looking = looking.then(look);
    return looking;
  });
  return {
    async stop() {
      repeating.stop();
      await looking;
    },
  };
}
