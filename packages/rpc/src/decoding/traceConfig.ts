import type {
  AccountOverride,
  Address,
  BlockOverrides,
  NamedTracerRequest,
  TracerRequest,
} from "@trellis/protocol";
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

/** geth's, except those that count only gas or keccak. */
const TRACERS = [
  "callTracer",
  "prestateTracer",
  "4byteTracer",
  "flatCallTracer",
  "muxTracer",
  "noopTracer",
] as const;

export const traceConfig: Decoder<TraceConfig> = {
  schema: {
    type: "object",
    properties: {
      tracer: { enum: TRACERS },
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
  if (name === "" || name === "structLogger") {
    return {
      kind: "structLogs",
      enableMemory: flag(object, "enableMemory"),
      disableStack: flag(object, "disableStack"),
      disableStorage: flag(object, "disableStorage"),
      enableReturnData: flag(object, "enableReturnData"),
      limit: optionalField(object, "limit", stepLimit) ?? 0,
    };
  }
  return name === "muxTracer" ? muxOf(config) : namedTracer(name, config);
}

function muxOf(config: JsonObject): TracerRequest {
  const entries = Object.entries(config);
  if (entries.length > TRACERS.length) malformed("too many tracers");
  return {
    kind: "mux",
    tracers: entries.map(([name, own]) => [
      name,
      namedTracer(name, own === null ? {} : tracerConfig.decode(own)),
    ]),
  };
}

function namedTracer(name: string, config: JsonObject): NamedTracerRequest {
  switch (name) {
    case "callTracer":
      return { kind: "call", onlyTopCall: flag(config, "onlyTopCall"), withLog: flag(config, "withLog") };
    case "prestateTracer":
      refuseFields(config, "prestateTracer option", ["disableCode", "disableStorage", "includeEmpty"]);
      return { kind: "prestate", diffMode: flag(config, "diffMode") };
    case "flatCallTracer":
      return {
        kind: "flatCall",
        convertParityErrors: flag(config, "convertParityErrors"),
        includePrecompiles: flag(config, "includePrecompiles"),
      };
    case "4byteTracer":
      return { kind: "fourByte" };
    case "noopTracer":
      return { kind: "noop" };
    default:
      throw rpcErrors.RPC_NOT_FOUND({ reason: unknownTracer(name), id: name.slice(0, 64) });
  }
}

function unknownTracer(name: string): string {
  const isJavaScript = /[^\w]/.test(name);
  return isJavaScript
    ? `JavaScript tracers are not supported; use ${TRACERS.join(", ")}`
    : "tracer not found";
}

function flag(from: JsonObject, field: string): boolean {
  return optionalField(from, field, boolean) ?? false;
}
