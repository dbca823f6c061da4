import { GAS_LIMIT_MAX } from "@trellis/protocol";
import { asObject, type Decoder, fieldOf, malformed, optionalField, text } from "../../decoding/Decoder.ts";
import { count, uint64, uint256 } from "../../decoding/hex.ts";

/** Up to the last moment that JavaScript represents, year 275760. */
export const SECONDS_MAX = 8_640_000_000_000;
export const BLOCKS_MAX = 100_000;
const GAS_LIMIT_MIN = 100_000n;
const INTERVAL_MS_MAX = 3_600_000;

export function countUpTo(max: number, what: string): Decoder<number> {
  return {
    schema: count.schema,
    decode(value) {
      const number = count.decode(value);
      return number <= max ? number : malformed(`${what} of at most ${max}`);
    },
  };
}

export const seconds = countUpTo(SECONDS_MAX, "seconds");
export const blocks = countUpTo(BLOCKS_MAX, "number of blocks");
export const intervalMs: Decoder<number> = countUpTo(INTERVAL_MS_MAX, "interval in ms, one number,");
export const intervalSeconds: Decoder<number> = countUpTo(INTERVAL_MS_MAX / 1_000, "interval in seconds");

/** Undefined fields keep what the devnet forks. */
export interface ResetFork {
  readonly jsonRpcUrl?: string | undefined;
  readonly blockNumber?: number | undefined;
}

const FORKING = {
  type: "object",
  properties: { jsonRpcUrl: text.schema, blockNumber: count.schema },
} as const;

/** Hardhat nests the fields in `forking`, Anvil does not need it. */
export const resetOptions: Decoder<ResetFork> = {
  schema: { type: "object", properties: { ...FORKING.properties, forking: FORKING } },
  decode(value) {
    const options = asObject(value, "options");
    const forking = fieldOf(options, "forking");
    const fields = forking === undefined ? options : asObject(forking, "forking");
    return {
      jsonRpcUrl: optionalField(fields, "jsonRpcUrl", text),
      blockNumber: optionalField(fields, "blockNumber", count),
    };
  },
};

export const blockGasLimit: Decoder<bigint> = {
  schema: uint64.schema,
  decode(value) {
    const gas = uint64.decode(value);
    const isInRange = gas >= GAS_LIMIT_MIN && gas <= GAS_LIMIT_MAX;
    return isInRange ? gas : malformed(`block gas limit from ${GAS_LIMIT_MIN} to ${GAS_LIMIT_MAX}`);
  },
};

/** Ids that no snapshot can have become -1. */
export const snapshotId: Decoder<number> = {
  schema: uint256.schema,
  decode(value) {
    const id = typeof value === "number" ? BigInt(count.decode(value)) : uint256.decode(value);
    return id <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(id) : -1;
  },
};
