import { AsyncLocalStorage } from "node:async_hooks";
import type { Random } from "@trellis/base";
import type { SpanOptions, Tracing } from "./Tracing.ts";
import { childContext, type TraceContext } from "./traceContext.ts";

export interface SpanSink {
  begin(name: string, options: SpanOptions, context: TraceContext, parent: TraceContext | undefined): EndSpan;
  close(): Promise<void>;
}

export type EndSpan = (error?: unknown) => void;

const NOWHERE: SpanSink = { begin: () => () => {}, close: async () => {} };

/** Contexts are propagated even without a sink. */
export function createTracing({
  random,
  sink = NOWHERE,
}: {
  readonly random: Random;
  readonly sink?: SpanSink;
}): Tracing {
  const storage = new AsyncLocalStorage<TraceContext>();
  return {
    async span(name, options, run) {
      const parent = options.parent ?? storage.getStore();
      const context = options.as ?? childContext(parent, random);
      const end = sink.begin(name, options, context, parent);
      try {
        const result = await storage.run(context, () => run(context));
        end();
        return result;
      } catch (error) {
        end(options.isFailure?.(error) === false ? undefined : error);
        throw error;
      }
    },
    current: () => storage.getStore(),
    close: () => sink.close(),
  };
}
