import { type CallSequenceInput, type Json, overriddenContext } from "@trellis/protocol";
import type { Engine } from "../engine/Engine.ts";
import { readGasUsed } from "../engine/results.ts";
import { listen } from "../tracing/listen.ts";
import { TraceSize } from "../tracing/TraceSize.ts";
import { commitCall, prepareCall, refusal } from "./runCall.ts";
import { callTracer } from "./traceCall.ts";

/** @throws errors of `runCall`, for the first refused call */
export function traceCalls(engine: Engine, { bundles, ...input }: CallSequenceInput): Json {
  const size = new TraceSize();
  try {
    return bundles.map(({ blockOverrides, calls }) => {
      const context = overriddenContext(input.context, blockOverrides);
      const coinbase = blockOverrides?.coinbase ?? input.coinbase;
      return calls.map(({ request, tracer: wanted }) => {
        prepareCall(engine, { context, coinbase, request });
        const tracer = callTracer(engine, { coinbase, request }, wanted, size);
        const { result: verdict } = listen(engine, tracer.hooks, () => commitCall(engine, request));
        if (verdict !== "ACCEPTED") throw refusal(engine, verdict, request);
        const trace = tracer.result(readGasUsed(engine.memory));
        engine.core.clearLogs();
        return trace;
      });
    });
  } finally {
    engine.setState(input.state);
  }
}
