import type { TracerRequest } from "@trellis/protocol";
import { createCallTracer } from "./callTracer.ts";
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
  }
}
