import { isTrellisError, type Log, type Scheduler, type Timer } from "@trellis/base";
import type { HealthCheck } from "@trellis/platform/http";
import type { ArbitrageEngine, BlockReport } from "../engine/index.ts";

export interface RunningEngine {
  readonly check: HealthCheck;
  stop(): Promise<void>;
}

interface EngineRunPorts {
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly tell: (report: BlockReport) => Promise<void>;
}

/** Pauses after errors and steps without changes. */
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
        log.info("block.evaluated", {
          height: report.block.height,
          found: report.found,
          trades: report.trades.length,
        });
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
    check: () => failure ?? (engine.status().head === undefined ? "still searching for pools" : undefined),
    async stop() {
      isStopped = true;
      timer?.cancel();
      await running;
    },
  };
}

function logFailure(error: unknown, log: Log): void {
  if (isTrellisError(error) && error.consequence === "retry") {
    log.warn("engine.stalled", { code: error.code, reason: error.message, hint: error.hint });
  } else {
    log.error("engine.stalled", { error: error instanceof Error ? error : String(error) });
  }
}
