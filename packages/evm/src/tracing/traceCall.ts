import type { CallInput, Json, TracerRequest } from "@trellis/protocol";
import { prepareCall, runAndUndo } from "../calls/runCall.ts";
import type { Engine } from "../engine/Engine.ts";
import { readGasUsed } from "../engine/results.ts";
import { createTracer } from "./createTracer.ts";
import { creationAddress } from "./creationAddress.ts";
import { listen } from "./listen.ts";
import { TraceSize } from "./TraceSize.ts";

/** @throws what runCall throws, CALL_TOO_LARGE */
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
    size: new TraceSize(),
  });
  return listen(engine, tracer.hooks, () =>
    runAndUndo(engine, call, ({ memory }) => tracer.result(readGasUsed(memory))),
  ).result;
}
