import type { CallInput, Json, TracerRequest } from "@trellis/protocol";
import type { Engine } from "../engine/Engine.ts";
import { readGasUsed } from "../engine/results.ts";
import { createTracer } from "../tracing/createTracer.ts";
import { creationAddress } from "../tracing/creationAddress.ts";
import { listen } from "../tracing/listen.ts";
import { TraceSize } from "../tracing/TraceSize.ts";
import { recoveredAuthorizations } from "./recoveredAuthorizations.ts";
import { prepareCall, runAndUndo } from "./runCall.ts";

export function traceCall(engine: Engine, input: CallInput, request: TracerRequest): Json {
  prepareCall(engine, input);
  const { coinbase, request: call } = input;
  const tracer = createTracer(request, {
    state: engine,
    from: call.from,
    to: call.to ?? creationAddress(call.from, engine.account(call.from).nonce),
    isCreation: call.to === null,
    gasLimit: call.gasLimit,
    beneficiaries: [coinbase],
    authorities: recoveredAuthorizations(input).flatMap(({ authority = [] }) => authority),
    size: new TraceSize(),
  });
  return listen(engine, tracer.hooks, () =>
    runAndUndo(engine, call, ({ memory }) => tracer.result(readGasUsed(memory))),
  ).result;
}
