import type { TracerRequest } from "@trellis/protocol";
import { createCallTracer } from "./callTracer.ts";
import { createChangedSlotsTracer } from "./changedSlotsTracer.ts";
import { createFlatCallTracer } from "./flatCallTracer.ts";
import { createFourByteTracer } from "./fourByteTracer.ts";
import { createMuxTracer } from "./muxTracer.ts";
import { createParityFramesTracer, createParityReplayTracer } from "./parityTracers.ts";
import { createPrestateTracer } from "./prestateTracer.ts";
import { createStructLogTracer } from "./structLogTracer.ts";
import type { Traced, Tracer } from "./Tracer.ts";

/** Hooks throw CALL_TOO_LARGE. */
export function createTracer(request: TracerRequest, traced: Traced): Tracer {
  switch (request.kind) {
    case "structLogs":
      return createStructLogTracer(request, traced);
    case "call":
      return createCallTracer(request, traced);
    case "prestate":
      return createPrestateTracer(request, traced);
    case "flatCall":
      return createFlatCallTracer(request, traced);
    case "fourByte":
      return createFourByteTracer(traced);
    case "noop":
      return { hooks: {}, result: () => ({}) };
    case "mux":
      return createMuxTracer(request.tracers.map(([name, tracer]) => [name, createTracer(tracer, traced)]));
    case "parityFrames":
      return createParityFramesTracer(request, traced);
    case "parityReplay":
      return createParityReplayTracer(request, traced);
    case "changedSlots":
      return createChangedSlotsTracer(request, traced);
  }
}
