import type { AccountOverride, Address, BlockOverrides } from "@trellis/protocol";
import { arrayOf, asObject, boolean, type Decoder, malformed, optionalField } from "./Decoder.ts";
import { blockOverrides, stateOverrides } from "./overrides.ts";
import { type TransactionArguments, transactionArguments } from "./transactionArguments.ts";

export interface BlockCalls {
  readonly blockOverrides: BlockOverrides;
  readonly stateOverrides: ReadonlyMap<Address, AccountOverride> | undefined;
  readonly calls: readonly TransactionArguments[];
}

export interface SimulationPayload {
  readonly blocks: readonly BlockCalls[];
  readonly logsTransfers: boolean;
  readonly validates: boolean;
  readonly returnsTransactions: boolean;
}

/** Each call uses 21,000 gas or more of the limit of all. */
const CALLS_MAX = 5_000;
/** geth's limit. */
export const SIMULATED_BLOCKS_MAX = 256;

const calls = arrayOf(transactionArguments, CALLS_MAX);

const blockCalls: Decoder<BlockCalls> = {
  schema: {
    type: "object",
    properties: {
      blockOverrides: blockOverrides.schema,
      stateOverrides: stateOverrides.schema,
      calls: calls.schema,
    },
  },
  decode(value) {
    const object = asObject(value, "block");
    return {
      blockOverrides: optionalField(object, "blockOverrides", blockOverrides) ?? {},
      stateOverrides: optionalField(object, "stateOverrides", stateOverrides),
      calls: optionalField(object, "calls", calls) ?? [],
    };
  },
};

const blocks = arrayOf(blockCalls, SIMULATED_BLOCKS_MAX);

/** geth's eth_simulateV1. */
export const simulationPayload: Decoder<SimulationPayload> = {
  schema: {
    type: "object",
    properties: {
      blockStateCalls: blocks.schema,
      traceTransfers: boolean.schema,
      validation: boolean.schema,
      returnFullTransactions: boolean.schema,
    },
    required: ["blockStateCalls"],
  },
  decode(value) {
    const object = asObject(value, "simulation");
    const given = optionalField(object, "blockStateCalls", blocks) ?? malformed("missing blockStateCalls");
    if (given.length === 0) malformed("empty input");
    return {
      blocks: given,
      logsTransfers: optionalField(object, "traceTransfers", boolean) ?? false,
      validates: optionalField(object, "validation", boolean) ?? false,
      returnsTransactions: optionalField(object, "returnFullTransactions", boolean) ?? false,
    };
  },
};
