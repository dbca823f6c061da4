import type { Address, BlockOverrides, FrameSelection } from "@trellis/protocol";
import {
  type BlockNumberOrTag,
  type BlockParameter,
  blockNumberOrTag,
  blockParameter,
} from "./blockParameter.ts";
import { arrayOf, asObject, type Decoder, fieldOf, malformed, optionalField, text } from "./Decoder.ts";
import { address, count } from "./hex.ts";
import { blockOverrides } from "./overrides.ts";
import { type TransactionArguments, transactionArguments } from "./transactionArguments.ts";

export interface TraceFilter {
  readonly fromBlock: BlockNumberOrTag;
  readonly toBlock: BlockNumberOrTag;
  readonly select: FrameSelection;
  /** Matches to skip. */
  readonly after: number;
  readonly count: number;
}

const ADDRESSES_MAX = 1_000;
const addresses: Decoder<readonly Address[]> = arrayOf(address, ADDRESSES_MAX);

const mode: Decoder<"union" | "intersection"> = {
  schema: { enum: ["union", "intersection"] },
  decode: (value) => (value === "union" || value === "intersection" ? value : malformed("invalid mode")),
};

/** As in Erigon and Reth. */
export const traceFilter: Decoder<TraceFilter> = {
  schema: {
    type: "object",
    properties: {
      fromBlock: blockNumberOrTag.schema,
      toBlock: blockNumberOrTag.schema,
      fromAddress: addresses.schema,
      toAddress: addresses.schema,
      mode: mode.schema,
      after: count.schema,
      count: count.schema,
    },
  },
  decode(value) {
    const object = asObject(value, "filter");
    return {
      fromBlock: optionalField(object, "fromBlock", blockNumberOrTag) ?? "earliest",
      toBlock: optionalField(object, "toBlock", blockNumberOrTag) ?? "latest",
      select: {
        kind: "addresses",
        from: optionalField(object, "fromAddress", addresses) ?? [],
        to: optionalField(object, "toAddress", addresses) ?? [],
        mode: optionalField(object, "mode", mode) ?? "union",
      },
      after: optionalField(object, "after", count) ?? 0,
      count: optionalField(object, "count", count) ?? Number.MAX_SAFE_INTEGER,
    };
  },
};

export interface TraceTypes {
  readonly trace: boolean;
  readonly stateDiff: boolean;
}

const TYPES: readonly unknown[] = ["trace", "stateDiff"];
const names = arrayOf(text, TYPES.length + 1);

/** `vmTrace` is refused: `debug_traceCall` returns the steps. */
export const traceTypes: Decoder<TraceTypes> = {
  schema: { type: "array", items: { enum: TYPES } },
  decode(value) {
    const given = names.decode(value);
    const other = given.find((name) => !TYPES.includes(name));
    if (other === "vmTrace") malformed("vmTrace is not supported; debug_traceCall returns every step");
    if (other !== undefined) malformed("unknown trace type");
    return { trace: given.includes("trace"), stateDiff: given.includes("stateDiff") };
  },
};

const CALLS_MAX = 1_000;
const calls = arrayOf(transactionArguments, CALLS_MAX);

export interface CallBundleArguments {
  readonly calls: readonly TransactionArguments[];
  readonly blockOverrides: BlockOverrides | undefined;
}

const bundle: Decoder<CallBundleArguments> = {
  schema: {
    type: "object",
    properties: { transactions: calls.schema, blockOverride: blockOverrides.schema },
  },
  decode(value) {
    const object = asObject(value, "bundle");
    return {
      calls: optionalField(object, "transactions", calls) ?? [],
      blockOverrides: optionalField(object, "blockOverride", blockOverrides),
    };
  },
};

export const bundles = arrayOf(bundle, CALLS_MAX);

/** Erigon's simulation context. Only the end of the block is supported. */
export const simulationContext: Decoder<BlockParameter> = {
  schema: {
    type: "object",
    properties: { blockNumber: blockParameter.schema, transactionIndex: { type: "integer", minimum: -1 } },
  },
  decode(value) {
    const object = asObject(value, "simulation context");
    const at = fieldOf(object, "transactionIndex") ?? -1;
    if (at !== -1 && at !== "-0x1") malformed("only transactionIndex -1, the end of the block, is supported");
    return optionalField(object, "blockNumber", blockParameter) ?? "latest";
  },
};
