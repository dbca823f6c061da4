import type { Tracing } from "@trellis/base";
import { type Clock, isTrellisError, type Metrics } from "@trellis/base";
import { platformMetrics } from "../metrics.ts";
import type { SqlEngine, SqlSession } from "./SqlEngine.ts";

interface MeasuringPorts {
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly tracing?: Tracing | undefined;
}

export function measureEngine(engine: SqlEngine, { metrics, clock, tracing }: MeasuringPorts): SqlEngine {
  const sessions = metrics.gauge(platformMetrics.trellis_db_sessions);
  const waits = metrics.histogram(platformMetrics.trellis_db_acquire_seconds);
  const statements = metrics.histogram(platformMetrics.trellis_db_statement_seconds);
  const showCounts = (): void => {
    const { open, idle, waiting } = engine.counts();
    sessions.set(open - idle, { state: "used" });
    sessions.set(idle, { state: "idle" });
    sessions.set(waiting, { state: "waited-for" });
  };
  const traced = <T>(text: string, statement: () => Promise<T>): Promise<T> => {
    if (tracing?.current() === undefined) return statement();
    const operation = /^\s*([a-z]{1,16})/i.exec(text)?.[1]?.toUpperCase() ?? "SQL";
    const facts = { "db.system.name": "postgresql", "db.operation.name": operation };
    return tracing.span(`db ${operation}`, { kind: "client", facts }, statement);
  };
  const timed = async <T>(statement: () => Promise<T>): Promise<T> => {
    const beganMs = clock.nowMs();
    let outcome = "done";
    try {
      return await statement();
    } catch (error) {
      outcome = isTrellisError(error) ? error.code : "unknown";
      throw error;
    } finally {
      statements.observe((clock.nowMs() - beganMs) / 1_000, { outcome });
    }
  };
  return {
    ...engine,
    async acquire(): Promise<SqlSession> {
      const beganMs = clock.nowMs();
      showCounts();
      const session = await engine.acquire();
      waits.observe((clock.nowMs() - beganMs) / 1_000);
      showCounts();
      return {
        ...session,
        query: (text, parameters) => traced(text, () => timed(() => session.query(text, parameters))),
        script: (text) => traced(text, () => timed(() => session.script(text))),
        release() {
          session.release();
          showCounts();
        },
      };
    },
  };
}
