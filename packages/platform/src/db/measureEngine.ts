import { type Clock, isTrellisError, type Metrics } from "@trellis/base";
import type { SqlEngine, SqlSession } from "./SqlEngine.ts";

/** The same engine, with its sessions and statements in the metrics. */
export function measureEngine(
  engine: SqlEngine,
  { metrics, clock }: { readonly metrics: Metrics; readonly clock: Clock },
): SqlEngine {
  const sessions = metrics.gauge({
    name: "trellis_db_sessions",
    help: "Sessions with the database by state",
    labels: ["state"],
  });
  const waits = metrics.histogram({
    name: "trellis_db_acquire_seconds",
    help: "Waiting for a session of the database",
  });
  const statements = metrics.histogram({
    name: "trellis_db_statement_seconds",
    help: "Statements of the database by outcome",
    labels: ["outcome"],
  });
  const showCounts = (): void => {
    const { open, idle, waiting } = engine.counts();
    sessions.set(open - idle, { state: "used" });
    sessions.set(idle, { state: "idle" });
    sessions.set(waiting, { state: "waited-for" });
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
        query: (text, parameters) => timed(() => session.query(text, parameters)),
        script: (text) => timed(() => session.script(text)),
        release() {
          session.release();
          showCounts();
        },
      };
    },
  };
}
