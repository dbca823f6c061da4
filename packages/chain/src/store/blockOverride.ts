import { keccak256Hex } from "@trellis/crypto";
import {
  type AccountOverride,
  type Address,
  encodeRlp,
  type Hash,
  openRlpList,
  protocolErrors,
  type RlpInput,
  type RlpReader,
} from "@trellis/protocol";

/** What a block of a controlled devnet has instead of its rules; its header's `extra` is the hash. [DEV-4] */
export interface BlockOverride {
  readonly accounts?: ReadonlyMap<Address, AccountOverride> | undefined;
  readonly baseFee?: bigint | undefined;
  readonly gasLimit?: bigint | undefined;
  readonly prevRandao?: Hash | undefined;
}

const HASH_SIZE = 32;

export function overrideHash(encoded: Uint8Array): Hash {
  return keccak256Hex(encoded);
}

export function mayNameOverride(extra: Uint8Array): boolean {
  return extra.length === HASH_SIZE;
}

export function encodeOverride({ accounts, baseFee, gasLimit, prevRandao }: BlockOverride): Uint8Array {
  return encodeRlp([
    byKey(accounts ?? new Map()).map(([address, account]) => [
      address,
      listOf(account.nonce),
      listOf(account.balance),
      listOf(account.code),
      account.state === undefined ? [] : [slotsOf(account.state)],
      slotsOf(account.stateDiff ?? new Map()),
    ]),
    listOf(baseFee),
    listOf(gasLimit),
    listOf(prevRandao),
  ]);
}

/** @throws RLP_INVALID */
export function decodeOverride(bytes: Uint8Array): BlockOverride {
  const fields = openRlpList(bytes, "override");
  const accounts = readMap(fields.readList("accounts"), "account", readAccount);
  const baseFee = readOption(fields, "baseFee", (list) => list.readUint("baseFee"));
  const gasLimit = readOption(fields, "gasLimit", (list) => list.readUint("gasLimit"));
  const prevRandao = readOption(fields, "prevRandao", (list) => list.readHash("prevRandao"));
  fields.finish("override");
  return { accounts, baseFee, gasLimit, prevRandao };
}

function readAccount(entry: RlpReader): readonly [Address, AccountOverride] {
  const address = entry.readAddress("address");
  const nonce = readOption(entry, "nonce", (list) => list.readUint("nonce"));
  const balance = readOption(entry, "balance", (list) => list.readUint("balance"));
  const code = readOption(entry, "code", (list) => list.readBytes("code").slice());
  const state = readOption(entry, "state", (list) => readMap(list.readList("slots"), "slot", readSlot));
  const stateDiff = readMap(entry.readList("stateDiff"), "slot", readSlot);
  return [
    address,
    {
      ...(nonce === undefined ? {} : { nonce }),
      ...(balance === undefined ? {} : { balance }),
      ...(code === undefined ? {} : { code }),
      ...(state === undefined ? {} : { state }),
      ...(stateDiff.size === 0 ? {} : { stateDiff }),
    },
  ];
}

function readSlot(entry: RlpReader): readonly [Hash, bigint] {
  return [entry.readHash("slot"), entry.readUint("value")];
}

export function readOption<T>(fields: RlpReader, name: string, read: (list: RlpReader) => T): T | undefined {
  const list = fields.readList(name);
  if (list.isDone) return undefined;
  const value = read(list);
  list.finish(name);
  return value;
}

/** Keys ascend, so that a map has one encoding. */
function readMap<K extends string, V>(
  list: RlpReader,
  name: string,
  read: (entry: RlpReader) => readonly [K, V],
): Map<K, V> {
  const map = new Map<K, V>();
  let last = "";
  while (!list.isDone) {
    const entry = list.readList(name);
    const [key, value] = read(entry);
    entry.finish(name);
    if (key <= last) throw protocolErrors.RLP_INVALID({ reason: "unordered keys", field: name });
    map.set(key, value);
    last = key;
  }
  return map;
}

export function listOf(value: RlpInput | undefined): RlpInput {
  return value === undefined ? [] : [value];
}

function slotsOf(slots: ReadonlyMap<Hash, bigint>): RlpInput {
  return byKey(slots);
}

function byKey<K extends string, V>(map: ReadonlyMap<K, V>): (readonly [K, V])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
