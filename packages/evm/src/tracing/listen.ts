import type { Engine } from "../engine/Engine.ts";
import type { TraceHooks } from "./TraceHooks.ts";
import { TraceSession } from "./TraceSession.ts";

/** Returns geth's message if the outermost frame failed. */
export function listen<T>(
  engine: Engine,
  hooks: TraceHooks,
  run: () => T,
): { readonly result: T; readonly failure: string | undefined } {
  const session = new TraceSession(engine, hooks);
  engine.hooks = session;
  try {
    const result = run();
    return { result, failure: session.failure };
  } finally {
    engine.hooks = undefined;
  }
}
