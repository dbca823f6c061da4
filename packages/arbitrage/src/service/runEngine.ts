import { isTrellisError, type Log, type Scheduler, type Timer } from "@trellis/base";
import type { HealthCheck } from "@trellis/platform/http";
import type { ArbitrageEngine, BlockReport } from "../engine/index.ts";

export interface RunningEngine {
  /** For /ready: why the engine does not follow the chain. */
  readonly check: HealthCheck;
  /** Lets the step that runs end. */
  stop(): Promise<void>;
}

interface EngineRunPorts {
  readonly scheduler: Scheduler;
  readonly log: Log;
  /** Hears of every block. */
  readonly tell: (report: BlockReport) => Promise<void>;
}

/** Steps one after the other, with a pause after a step that found nothing new or failed. */
export function runEngine(
  engine: Pick<ArbitrageEngine, "step" | "status">,
  pauseMs: number,
  { scheduler, log, tell }: EngineRunPorts,
): RunningEngine {
  let failure: string | undefined;
  let isStopped = false;
  let timer: Timer | undefined;
  let running = step();

  async function step(): Promise<void> {
    let isIdle = true;
    try {
      const report = await engine.step();
      isIdle = report === undefined;
      failure = undefined;
      if (report !== undefined) await tell(report);
      if (report !== undefined && report.trades.length > 0)
        log.info("block", { height: report.block.height, found: report.found, trades: report.trades.length });
    } catch (error) {
      const code = isTrellisError(error) ? error.code : "it fails";
      if (failure !== code) logFailure(error, log);
      failure = code;
    }
    if (isStopped) return;
    timer = scheduler.after(isIdle ? pauseMs : 0, () => {
      running = step();
    });
  }

  return {
    check: () => failure ?? (engine.status().head === undefined ? "it still looks for pools" : undefined),
    async stop() {
      isStopped = true;
      timer?.cancel();
      await running;
    },
  };
}

/** Errors that pass by themselves, such as a block that was reorganised away, are expected: one line, no stack. */
function logFailure(error: unknown, log: Log): void {
  if (isTrellisError(error) && error.consequence === "retry") {
    log.warn("the engine waits", { code: error.code, reason: error.message, hint: error.hint });
  } else {
    log.error("the engine waits", { error: error instanceof Error ? error : String(error) });
  }
}
