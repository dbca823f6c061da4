import { isTrellisError, type Log, type Scheduler, type Timer } from "@trellis/base";
import type { HealthCheck } from "@trellis/platform/http";

export interface Following {
  /** For /ready: why the events are not followed. */
  readonly check: HealthCheck;
  stop(): Promise<void>;
}

const PAUSE_MS = 2_000;

/**
 * Follows events until it is stopped: what fails begins again after a pause.
 * @param follow goes on until the signal; says by `goesOn` whenever it has found that it can
 */
export function keepFollowing(
  follow: (signal: AbortSignal, goesOn: () => void) => Promise<void>,
  { scheduler, log }: { readonly scheduler: Scheduler; readonly log: Log },
): Following {
  const aborter = new AbortController();
  let failure: string | undefined;
  let timer: Timer | undefined;
  let running = run();

  function goesOn(): void {
    if (failure !== undefined) log.info("events are followed again");
    failure = undefined;
  }

  async function run(): Promise<void> {
    try {
      await follow(aborter.signal, goesOn);
    } catch (error) {
      if (aborter.signal.aborted) return;
      const code = isTrellisError(error) ? error.code : "it fails";
      if (failure !== code)
        log.error("events are not followed", { error: error instanceof Error ? error : code });
      failure = code;
    }
    if (aborter.signal.aborted) return;
    timer = scheduler.after(PAUSE_MS, () => {
      running = run();
    });
  }

  return {
    check: () => failure,
    async stop() {
      aborter.abort();
      timer?.cancel();
      await running;
    },
  };
}
