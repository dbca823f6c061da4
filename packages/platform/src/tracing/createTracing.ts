import { AsyncLocalStorage } from "node:async_hooks";
import { LruMap, type Random, type SpanOptions, type TraceContext } from "@trellis/base";
import type { ProcessTracing } from "./Tracing.ts";
import { childContext } from "./traceContext.ts";

export interface SpanSink {
  begin(name: string, options: SpanOptions, context: TraceContext, parent: TraceContext | undefined): EndSpan;
  close(): Promise<void>;
}

export type EndSpan = (error?: unknown) => void;

/** Transactions and blocks whose spans are in progress. */
const REMEMBERED_MAX = 4_096;

interface Current {
  readonly context: TraceContext;
  readonly correlationId: string;
}

interface TracingPorts {
  readonly random: Random;
  readonly sink: SpanSink;
}

/** Samples new traces by `ratio`, others as their parents. */
export function createTracing(ratio: number, { random, sink }: TracingPorts): ProcessTracing {
  const storage = new AsyncLocalStorage<Current>();
  const remembered = new LruMap<string, TraceContext>(REMEMBERED_MAX);
  const child = (parent: TraceContext | undefined): TraceContext => childContext(parent, random, ratio);
  return {
    child,
    span(name, options, run) {
      const around = storage.getStore();
      const parent = options.parent ?? around?.context;
      const context = options.as ?? (parent?.isSampled === false ? parent : child(parent));
      const isSameTrace = around?.context.traceId === context.traceId;
      const correlationId = options.correlationId ?? (isSameTrace ? around.correlationId : context.traceId);
      const current = { context, correlationId };
      if (!context.isSampled) return storage.run(current, run);
      const end = sink.begin(name, options, context, parent);
      return storage.run(current, () => ending(run, end, options));
    },
    current: () => storage.getStore()?.context,
    facts() {
      const around = storage.getStore();
      if (around === undefined) return {};
      const { context, correlationId } = around;
      return { traceId: context.traceId, correlationId };
    },
    remember(key, context = storage.getStore()?.context) {
      if (context?.isSampled === true) remembered.set(key, context);
    },
    recall(keys) {
      if (remembered.size === 0) return undefined;
      for (const key of keys) {
        const context = remembered.get(key);
        if (context !== undefined) return context;
      }
      return undefined;
    },
    close: () => sink.close(),
  };
}

function ending<T>(run: () => T, end: EndSpan, { isFailure }: SpanOptions): T {
  const failed = (error: unknown): never => {
    end(isFailure?.(error) === false ? undefined : error);
    throw error;
  };
  let result: T;
  try {
    result = run();
  } catch (error) {
    return failed(error);
  }
  if (!(result instanceof Promise)) {
    end();
    return result;
  }
  return result.then((value: Awaited<T>) => {
    end();
    return value;
  }, failed) as T;
}
