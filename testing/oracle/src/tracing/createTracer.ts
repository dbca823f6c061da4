import type { TracerRequest } from "@trellis/protocol";
import { OracleRefusal } from "../OracleRefusal.ts";
import { createCallTracer } from "./callTracer.ts";
import { createFlatCallTracer } from "./flatCallTracer.ts";
import { createFourByteTracer } from "./fourByteTracer.ts";
import type { Traced, Tracer } from "./hooks.ts";
import { createPrestateTracer } from "./prestateTracer.ts";
import { createStructLogTracer } from "./structLogTracer.ts";

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
      return createFourByteTracer();
    default:
      throw new OracleRefusal("TRACER_NOT_IN_ORACLE", { kind: request.kind });
  }
}
