import type { AccountOverride, Address, BlockOverrides, TracerRequest } from "@trellis/protocol";
import { rpcErrors } from "../errors.ts";
import {
  asObject,
  boolean,
  type Decoder,
  type JsonObject,
  malformed,
  optionalField,
  refuseFields,
  text,
} from "./Decoder.ts";
import { blockOverrides, stateOverrides } from "./overrides.ts";

export interface TraceConfig {
  readonly tracer: TracerRequest;
  readonly stateOverrides: ReadonlyMap<Address, AccountOverride> | undefined;
  readonly blockOverrides: BlockOverrides | undefined;
}

const stepLimit: Decoder<number> = {
  schema: { type: "integer", minimum: 0 },
  decode: (value) =>
    Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : malformed("invalid limit"),
};

const tracerConfig: Decoder<JsonObject> = {
  schema: { type: "object" },
  decode: (value) => asObject(value, "tracer config"),
};

export const traceConfig: Decoder<TraceConfig> = {
  schema: {
    type: "object",
    properties: {
      tracer: { enum: ["callTracer", "prestateTracer"] },
      tracerConfig: { type: "object" },
      enableMemory: boolean.schema,
      disableStack: boolean.schema,
      disableStorage: boolean.schema,
      enableReturnData: boolean.schema,
      limit: stepLimit.schema,
      stateOverrides: stateOverrides.schema,
      blockOverrides: blockOverrides.schema,
    },
  },
  decode(value) {
    const object = asObject(value, "trace config");
    refuseFields(object, "trace option", ["txIndex", "overrides"]);
    return {
      tracer: tracerOf(object),
      stateOverrides: optionalField(object, "stateOverrides", stateOverrides),
      blockOverrides: optionalField(object, "blockOverrides", blockOverrides),
    };
  },
};

export const STRUCT_LOGS: TracerRequest = {
  kind: "structLogs",
  enableMemory: false,
  disableStack: false,
  disableStorage: false,
  enableReturnData: false,
  limit: 0,
};

function tracerOf(object: JsonObject): TracerRequest {
  const name = optionalField(object, "tracer", text) ?? "";
  const config = optionalField(object, "tracerConfig", tracerConfig) ?? {};
  const flag = (from: JsonObject, field: string): boolean => optionalField(from, field, boolean) ?? false;
  switch (name) {
    case "":
    case "structLogger":
      return {
        kind: "structLogs",
        enableMemory: flag(object, "enableMemory"),
        disableStack: flag(object, "disableStack"),
        disableStorage: flag(object, "disableStorage"),
        enableReturnData: flag(object, "enableReturnData"),
        limit: optionalField(object, "limit", stepLimit) ?? 0,
      };
    case "callTracer":
      return { kind: "call", onlyTopCall: flag(config, "onlyTopCall"), withLog: flag(config, "withLog") };
    case "prestateTracer":
      refuseFields(config, "prestateTracer option", ["disableCode", "disableStorage", "includeEmpty"]);
      return { kind: "prestate", diffMode: flag(config, "diffMode") };
    default:
      throw rpcErrors.RPC_NOT_FOUND({ reason: "tracer not found", id: name.slice(0, 64) });
  }
}
