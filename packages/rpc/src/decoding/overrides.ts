import type { AccountOverride, Address, BlockOverrides, Hash } from "@trellis/protocol";
import {
  asObject,
  type Decoder,
  fieldOf,
  type JsonObject,
  malformed,
  optionalField,
  refuseFields,
} from "./Decoder.ts";
import { address, bytes, hash, uint64, uint256 } from "./hex.ts";

const ACCOUNTS_MAX = 1_000;
const SLOTS_MAX = 10_000;

const slots: Decoder<ReadonlyMap<Hash, bigint>> = {
  schema: { type: "object", additionalProperties: hash.schema },
  decode(value) {
    const entries = Object.entries(asObject(value, "storage"));
    if (entries.length > SLOTS_MAX) malformed("too many storage overrides");
    return new Map(entries.map(([slot, word]) => [hash.decode(slot), BigInt(hash.decode(word))]));
  },
};

/** geth's StateOverride. */
export const stateOverrides: Decoder<ReadonlyMap<Address, AccountOverride>> = {
  schema: {
    type: "object",
    additionalProperties: {
      type: "object",
      properties: {
        nonce: uint64.schema,
        balance: uint256.schema,
        code: bytes.schema,
        state: slots.schema,
        stateDiff: slots.schema,
      },
    },
  },
  decode(value) {
    const entries = Object.entries(asObject(value, "state overrides"));
    if (entries.length > ACCOUNTS_MAX) malformed("too many account overrides");
    return new Map(entries.map(([account, override]) => accountOverride(account, override)));
  },
};

function accountOverride(account: string, value: unknown): [Address, AccountOverride] {
  const object = asObject(value, "account override");
  refuseFields(object, "account override", ["movePrecompileToAddress"]);
  if (fieldOf(object, "state") !== undefined && fieldOf(object, "stateDiff") !== undefined) {
    malformed(`account ${account} has both 'state' and 'stateDiff'`);
  }
  return [
    address.decode(account),
    present({
      nonce: optionalField(object, "nonce", uint64),
      balance: optionalField(object, "balance", uint256),
      code: optionalField(object, "code", bytes),
      state: optionalField(object, "state", slots),
      stateDiff: optionalField(object, "stateDiff", slots),
    }),
  ];
}

/** geth's BlockOverrides. Ignores `difficulty`, which PREVRANDAO replaced. */
export const blockOverrides: Decoder<BlockOverrides> = {
  schema: {
    type: "object",
    properties: {
      number: uint256.schema,
      time: uint64.schema,
      gasLimit: uint64.schema,
      feeRecipient: address.schema,
      prevRandao: hash.schema,
      baseFeePerGas: uint256.schema,
    },
  },
  decode(value) {
    const object = asObject(value, "block overrides");
    refuseFields(object, "block override", ["blobBaseFee", "beaconRoot", "withdrawals"]);
    return present({
      number: optionalField(object, "number", uint256),
      timestamp: either(object, ["time", "timestamp"], uint64),
      gasLimit: optionalField(object, "gasLimit", uint64),
      coinbase: either(object, ["feeRecipient", "coinbase"], address),
      prevRandao: either(object, ["prevRandao", "random"], hash),
      baseFee: either(object, ["baseFeePerGas", "baseFee"], uint256),
    });
  },
};

function either<T>(object: JsonObject, names: readonly string[], decoder: Decoder<T>): T | undefined {
  for (const name of names) {
    const value = optionalField(object, name, decoder);
    if (value !== undefined) return value;
  }
  return undefined;
}

type Present<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}
