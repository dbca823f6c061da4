import { type Clock, isTrellisError, type Log, type Scheduler } from "@trellis/base";
import type { JobRun } from "@trellis/platform/jobs";
import type { PriceSet } from "../attestation/index.ts";
import type { ReserveChains } from "./openReserveChains.ts";

const PAUSE_MS = 15_000;

interface PricePorts {
  readonly assets: () => Promise<readonly string[]>;
  readonly reserves: Pick<ReserveChains, "prices">;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

/** Job progress lists missing assets for the operator. */
export async function awaitPrices(
  job: Pick<JobRun<unknown>, "id" | "signal" | "progress">,
  { assets, reserves, clock, scheduler, log }: PricePorts,
): Promise<PriceSet> {
  const since = new Date(clock.nowMs()).toISOString();
  let reportedPhase = "";
  for (;;) {
    const symbols = await assets();
    try {
      return await reserves.prices(symbols);
    } catch (error) {
      if (!isTrellisError(error, "PRICE_MISSING")) throw error;
      const { missing, missingCount } = error.facts;
      const [phase, total] = [`waiting since ${since} for a price of ${missing}`, symbols.length];
      await job.progress({ phase, done: total - Number(missingCount), total });
      if (phase !== reportedPhase) log.warn("snapshot.waiting", { id: job.id, error });
      reportedPhase = phase;
    }
    await pause(scheduler, job.signal);
  }
}

function pause(scheduler: Scheduler, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => {
      timer.cancel();
      reject(signal.reason);
    };
    const timer = scheduler.after(PAUSE_MS, () => {
      signal.removeEventListener("abort", giveUp);
      resolve();
    });
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp, { once: true });
  });
}
