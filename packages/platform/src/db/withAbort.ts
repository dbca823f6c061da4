import { workSignal } from "../cancellation/workSignal.ts";
import type { SqlEngine, SqlSession } from "./SqlEngine.ts";

/** COMMIT and ROLLBACK must run even after an abort. */
const ENDING = /^\s*(?:COMMIT|ROLLBACK)\b/i;

/** An abort cancels the running statement and rolls back. */
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
    // The cancellation must not affect the next statement.
    await cancelling;
  }
}
