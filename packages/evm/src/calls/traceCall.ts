import type { CallInput, Json, TracerRequest } from "@trellis/protocol";
import type { Engine } from "../engine/Engine.ts";
import { readChanges, readGasUsed } from "../engine/results.ts";
import { createTracer } from "../tracing/createTracer.ts";
import { creationAddress } from "../tracing/creationAddress.ts";
import { listen } from "../tracing/listen.ts";
import type { Tracer } from "../tracing/Tracer.ts";
import { TraceSize } from "../tracing/TraceSize.ts";
import { recoveredAuthorizations } from "./recoveredAuthorizations.ts";
import { prepareCall, runAndUndo } from "./runCall.ts";

export function traceCall(engine: Engine, input: CallInput, wanted: TracerRequest): Json {
  prepareCall(engine, input);
  const tracer = callTracer(engine, input, wanted, new TraceSize());
  return listen(engine, tracer.hooks, () =>
    runAndUndo(engine, input.request, ({ memory }) => tracer.result(readGasUsed(memory))),
  ).result;
}

export function callTracer(
  engine: Engine,
  { coinbase, request: call }: Pick<CallInput, "coinbase" | "request">,
  wanted: TracerRequest,
  size: TraceSize,
): Tracer {
  return createTracer(wanted, {
    state: engine,
    changes: () => readChanges(engine),
    from: call.from,
    to: call.to ?? creationAddress(call.from, engine.account(call.from).nonce),
    isCreation: call.to === null,
    gasLimit: call.gasLimit,
    beneficiaries: [coinbase],
    authorities: recoveredAuthorizations({ request: call }).flatMap(({ authority = [] }) => authority),
    precompiles: new Set(engine.precompileAddresses()),
    place: undefined,
    size,
  });
}
