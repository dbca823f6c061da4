import { type Log, type Scheduler, SerialQueue } from "@trellis/base";
import { repeat } from "@trellis/platform/service";
import type { TradingWatch } from "../monitoring/index.ts";

const LOOK_MS = 5_000;

export function watchTrading(
  watch: TradingWatch,
  { scheduler, log }: { readonly scheduler: Scheduler; readonly log: Log },
): { stop(): Promise<void> } {
  const looks = new SerialQueue();
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
  void looks.run(look);
  const repeating = repeat(scheduler, LOOK_MS, () => looks.run(look));
  return {
    async stop() {
      repeating.stop();
      await looks.idle();
    },
  };
}
