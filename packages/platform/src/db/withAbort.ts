import { workSignal } from "../cancellation/workSignal.ts";
import type { SqlEngine, SqlSession } from "./SqlEngine.ts";

/** What ends a transaction is never kept from ending it. */
const ENDING = /^\s*(?:COMMIT|ROLLBACK)\b/i;

/**
 * The same engine for work that may be given up: its statements end with the reason, those that run are cancelled
 * where the engine can, and no further ones begin. A transaction is rolled back by it, as by any error.
 */
export function withAbort(engine: SqlEngine): SqlEngine {
  return {
    ...engine,
    async acquire() {
      workSignal()?.throwIfAborted();
      const session = await engine.acquire();
      return {
        ...session,
        query: (text, parameters) => runAbortable(session, text, () => session.query(text, parameters)),
        script: (text) => runAbortable(session, text, () => session.script(text)),
      };
    },
  };
}

async function runAbortable<T>(session: SqlSession, text: string, run: () => Promise<T>): Promise<T> {
  const signal = workSignal();
  if (signal === undefined || ENDING.test(text)) return run();
  signal.throwIfAborted();
  let cancelling: Promise<void> | undefined;
  const cancel = (): void => {
    cancelling = session.cancel?.();
  };
  signal.addEventListener("abort", cancel, { once: true });
  try {
    return await run();
  } catch (error) {
    throw cancelling === undefined ? error : signal.reason;
  } finally {
    signal.removeEventListener("abort", cancel);
    // What comes next in the session is not what is cancelled.
    await cancelling;
  }
}
