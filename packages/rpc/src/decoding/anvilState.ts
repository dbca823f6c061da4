import { gunzipSync } from "node:zlib";
import { isTrellisError } from "@trellis/base";
import type { AccountOverride, Address, Hash } from "@trellis/protocol";
import { asObject, type Decoder, fieldOf, type JsonObject, malformed } from "./Decoder.ts";
import { address, bytes, code, storageSlot, uint256 } from "./hex.ts";
import { nonce } from "./nonce.ts";
import { scanJson } from "./scanJson.ts";

/** Parsing takes half a second. */
export const STATE_BYTES_MAX = 32 * 1024 * 1024;
/** Accounts and slots. A block with so many takes seconds. */
export const STATE_ENTRIES_MAX = 200_000;
/** Bounds the memory of parsed values. Anvil's dumps also contain blocks and transactions. */
const JSON_LIMITS = {
  jsonDepthMax: 64,
  jsonValuesMax: 3_000_000,
  jsonNumberLengthMax: 128,
  batchLengthMax: Number.POSITIVE_INFINITY,
};
const GZIP = [0x1f, 0x8b];

/** State in Anvil's format: JSON, also compressed with gzip. Only the accounts are read. */
export const anvilState: Decoder<ReadonlyMap<Address, AccountOverride>> = {
  schema: { type: "string", pattern: "^0x([0-9a-fA-F]{2})*$", title: "state of anvil_dumpState" },
  decode(value) {
    const state = asObject(parse(bytes.decode(value)), "state");
    const accounts = asObject(fieldOf(state, "accounts"), "accounts");
    let count = 0;
    const counted = (entries: JsonObject): readonly (readonly [string, unknown])[] => {
      const listed = Object.entries(entries);
      count += listed.length;
      return count <= STATE_ENTRIES_MAX
        ? listed
        : malformed(`state of at most ${STATE_ENTRIES_MAX} accounts and slots`);
    };
    const records = new Map(counted(accounts).map(([key, account]) => [address.decode(key), account]));
    if (records.size < Object.keys(accounts).length) malformed("state with an account twice");
    return new Map([...records].map(([key, account]) => [key, readAccount(account, counted)]));
  },
};

function parse(given: Uint8Array): unknown {
  try {
    const isCompressed = GZIP.every((byte, index) => given[index] === byte);
    const json = isCompressed ? gunzipSync(given, { maxOutputLength: STATE_BYTES_MAX }) : given;
    scanJson(Buffer.from(json.buffer, json.byteOffset, json.length), JSON_LIMITS);
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(json));
  } catch (error) {
    if (isTrellisError(error)) return malformed(`state: ${error.facts.reason}`);
    const isLarge = (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
    return malformed(isLarge ? `state of at most ${STATE_BYTES_MAX} bytes` : "state is not JSON in gzip");
  }
}

function readAccount(
  value: unknown,
  counted: (entries: JsonObject) => readonly (readonly [string, unknown])[],
): AccountOverride {
  const fields = asObject(value, "account");
  const slots = counted(asObject(fieldOf(fields, "storage") ?? {}, "storage"));
  return {
    nonce: nonce.decode(fieldOf(fields, "nonce") ?? 0),
    balance: uint256.decode(fieldOf(fields, "balance")),
    code: code.decode(fieldOf(fields, "code") ?? "0x"),
    stateDiff: new Map(slots.map(([slot, word]): [Hash, bigint] => [storageSlot.decode(slot), wordOf(word)])),
  };
}

function wordOf(value: unknown): bigint {
  return BigInt(storageSlot.decode(value));
}
