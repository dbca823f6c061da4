import { bigintToMinimalBytes, bytesToBigint, bytesToHex, concatBytes, hexToBytes } from "@trellis/base";
import {
  type Account,
  type Address,
  decodeAccount,
  decodeRlp,
  encodeAccount,
  encodeRlp,
  type Hash,
  type RlpItem,
} from "@trellis/protocol";
import {
  bytesCodec,
  type Codec,
  hexCodec,
  storageErrors,
  type Table,
  type TableDefinition,
  uintCodec,
} from "@trellis/storage";

export interface StoredAccount extends Account {
  readonly storageRoot: Hash;
}

interface SlotKey {
  readonly address: Address;
  readonly slot: Hash;
}

const slotKeyCodec: Codec<SlotKey> = {
  encode: ({ address, slot }) => concatBytes(hexToBytes(address), hexToBytes(slot)),
  decode: (bytes) => ({ address: bytesToHex(bytes.subarray(0, 20)), slot: bytesToHex(bytes.subarray(20)) }),
};

export const accountCodec: Codec<StoredAccount> = {
  encode: (account) => encodeAccount(account, account.storageRoot),
  decode: (bytes) => {
    const { account, storageRoot } = decodeAccount(bytes);
    return { ...account, storageRoot };
  },
};

const wordCodec: Codec<bigint> = { encode: bigintToMinimalBytes, decode: bytesToBigint };

/** Keys without the block number. */
interface Replaced {
  readonly values: readonly Uint8Array[];
  readonly nodes: readonly Uint8Array[];
}

const replacedCodec: Codec<Replaced> = {
  encode: ({ values, nodes }) => encodeRlp([values, nodes]),
  decode: (bytes) => {
    const lists = decodeRlp(bytes, { itemsMax: Number.POSITIVE_INFINITY });
    if (!isListOfKeys(lists)) throw storageErrors.STORE_CORRUPT({ unreadable: "what a block replaced" });
    return { values: lists[0], nodes: lists[1] };
  },
};

function isListOfKeys(decoded: RlpItem): decoded is [Uint8Array[], Uint8Array[]] {
  return (
    Array.isArray(decoded) &&
    decoded.length === 2 &&
    decoded.every((keys) => Array.isArray(keys) && keys.every((key) => key instanceof Uint8Array))
  );
}

/** Table ids are permanent. */
export const STATE_TABLES = {
  accounts: { id: 32, key: hexCodec, value: accountCodec } satisfies TableDefinition<Address, StoredAccount>,
  slots: { id: 33, key: slotKeyCodec, value: wordCodec } satisfies TableDefinition<SlotKey, bigint>,
  codes: { id: 34, key: hexCodec, value: bytesCodec } satisfies TableDefinition<Hash, Uint8Array>,
  /** Keyed by `nodeKey`. */
  trieNodes: { id: 35, key: bytesCodec, value: bytesCodec } satisfies TableDefinition<Uint8Array, Uint8Array>,
  /** Become `trieNodes` when the import is complete. */
  importedNodes: { id: 37, key: bytesCodec, value: bytesCodec } satisfies TableDefinition<
    Uint8Array,
    Uint8Array
  >,
  /** See StateHistory. */
  history: { id: 36, key: bytesCodec, value: bytesCodec } satisfies TableDefinition<Uint8Array, Uint8Array>,
  formerNodes: { id: 38, key: bytesCodec, value: bytesCodec } satisfies TableDefinition<
    Uint8Array,
    Uint8Array
  >,
  replaced: { id: 39, key: uintCodec, value: replacedCodec } satisfies TableDefinition<number, Replaced>,
} as const;

export interface StateTables {
  readonly accounts: Table<Address, StoredAccount>;
  readonly slots: Table<SlotKey, bigint>;
  readonly codes: Table<Hash, Uint8Array>;
  readonly trieNodes: Table<Uint8Array, Uint8Array>;
  readonly history: Table<Uint8Array, Uint8Array>;
  readonly formerNodes: Table<Uint8Array, Uint8Array>;
  readonly replaced: Table<number, Replaced>;
}
