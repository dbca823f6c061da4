export { storageErrors } from "./errors.ts";
export { knownVersion, migrate, type Schema, schemaVersion, storedVersion } from "./schema/migrate.ts";
export { copyStore } from "./store/copyStore.ts";
export { createMemoryStore } from "./store/createMemoryStore.ts";
export type {
  KeyRange,
  KeyReader,
  KeySnapshot,
  KeyValueStore,
  PutOperation,
  WriteOperation,
} from "./store/KeyValueStore.ts";
export { type DirectoryLock, lockDirectory } from "./store/lockDirectory.ts";
export { STORE_FILE } from "./store/openLmdbStore.ts";
export { openStore, STORE_KINDS, type StoreKind, storeBytes, storeKindIn } from "./store/openStore.ts";
export { openStoreReader } from "./store/openStoreReader.ts";
export { bytesCodec, hexCodec, textCodec, uintCodec } from "./table/codecs.ts";
export { type Codec, openTables, Table, type TableDefinition } from "./table/Table.ts";
export type { NodeWrite } from "./trie/collectWrites.ts";
export { changeInSteps, listRootInSteps } from "./trie/inSteps.ts";
export type { NodeReader } from "./trie/NodeLoader.ts";
export { nextDifference, type StoredTrie } from "./trie/nextDifference.ts";
export { nodeKey } from "./trie/path.ts";
export { readRangeInSteps, type TrieRange } from "./trie/readRange.ts";
export { Trie, type TrieChange } from "./trie/Trie.ts";
export { trieRootOfList } from "./trie/trieRootOfList.ts";
export { verifyProof } from "./trie/verifyProof.ts";
export { mergeProofs, openProofs, verifyProofs } from "./trie/verifyProofs.ts";
export { verifyRange } from "./trie/verifyRange.ts";
