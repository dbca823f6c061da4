import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keccak256 } from "@trellis/crypto";
import {
  type KeyValueStore,
  openStore,
  STORE_KINDS,
  type StoreKind,
  storeBytes,
  type WriteOperation,
} from "@trellis/storage";
import type { Benchmark } from "./benchmark.ts";

const LARGE = { batches: 150, puts: 20_000, reads: 200_000, ranges: 2_000 };
const SMALL = { batches: 4, puts: 500, reads: 1_000, ranges: 20 };
const RANGE_ENTRIES = 100;
const VALUE_SIZE = 200;

type Figure = "putsPerSecond" | "readsPerSecond" | "rangeEntriesPerSecond" | "bytes";
type Figures = Record<Figure, number>;

export const storeBenchmark: Benchmark = {
  name: "store",
  summary: "writes batches of hashed keys, and reads single values and ranges, RocksDB beside LMDB",
  async run({ small, log }) {
    const sizes = small ? SMALL : LARGE;
    const root = await mkdtemp(join(tmpdir(), "trellis-bench-store-"));
    const directoryOf = (kind: StoreKind) => join(root, kind);
    const stores: [StoreKind, KeyValueStore][] = [];
    try {
      for (const kind of STORE_KINDS) stores.push([kind, await openStore(directoryOf(kind), kind)]);
      const ms = { lmdb: { puts: 0, reads: 0, ranges: 0 }, rocksdb: { puts: 0, reads: 0, ranges: 0 } };
      const digests = { lmdb: createHash("sha256"), rocksdb: createHash("sha256") };
      for (let batch = 0; batch < sizes.batches; batch++) {
        const operations = operationsOf(batch, sizes.puts);
        for (const [kind, store] of inTurns(stores, batch)) {
          ms[kind].puts += await timed(async () => {
            await store.write(operations);
            await store.flush();
          });
        }
      }
      const entries = sizes.batches * sizes.puts;
      log(`wrote ${entries} entries to both`);
      const chunks = 20;
      for (let chunk = 0; chunk < chunks; chunk++) {
        const keys = Array.from({ length: sizes.reads / chunks }, (_, index) =>
          keyOf(((chunk * sizes.reads + index) * 7919) % entries),
        );
        for (const [kind, store] of inTurns(stores, chunk)) {
          ms[kind].reads += await timed(async () => {
            for (const key of keys) digests[kind].update(store.get(key)!.subarray(0, 4));
          });
          ms[kind].ranges += await timed(async () => {
            for (const from of keys.slice(0, sizes.ranges / chunks)) {
              for (const [key] of store.range({ from, countMax: RANGE_ENTRIES })) digests[kind].update(key);
            }
          });
        }
      }
      const figuresOf = (kind: StoreKind): Figures => ({
        putsPerSecond: (1000 * entries) / ms[kind].puts,
        readsPerSecond: (1000 * sizes.reads) / ms[kind].reads,
        rangeEntriesPerSecond: (1000 * sizes.ranges * RANGE_ENTRIES) / ms[kind].ranges,
        bytes: storeBytes(directoryOf(kind)),
      });
      const [lmdb, rocksdb] = [figuresOf("lmdb"), figuresOf("rocksdb")];
      const resultHash = digests.lmdb.digest("hex");
      return {
        lmdb,
        rocksdb,
        ratio: {
          puts: rocksdb.putsPerSecond / lmdb.putsPerSecond,
          reads: rocksdb.readsPerSecond / lmdb.readsPerSecond,
          rangeEntries: rocksdb.rangeEntriesPerSecond / lmdb.rangeEntriesPerSecond,
          bytes: rocksdb.bytes / lmdb.bytes,
        },
        entries,
        putsInBatch: sizes.puts,
        isSameData: digests.rocksdb.digest("hex") === resultHash,
        resultHash,
      };
    } finally {
      for (const [, store] of stores) await store.close();
      await rm(root, { recursive: true });
    }
  },
};

function inTurns<T>(all: readonly T[], turn: number): readonly T[] {
  return turn % 2 === 0 ? all : all.toReversed();
}

function operationsOf(batch: number, count: number): WriteOperation[] {
  return Array.from({ length: count }, (_, index) => {
    const number = batch * count + index;
    return { kind: "put", key: keyOf(number), value: valueAt(number) };
  });
}

function keyOf(number: number): Uint8Array {
  return keccak256(Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number));
}

/** Values consist of hashes, which, like trie nodes, do not compress. */
function valueAt(number: number): Uint8Array {
  const value = new Uint8Array(VALUE_SIZE);
  for (let at = 0; at < VALUE_SIZE; at += 32) {
    value.set(keyOf(number + at * 0x100_0000).subarray(0, VALUE_SIZE - at), at);
  }
  return value;
}

async function timed(action: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await action();
  return performance.now() - startMs;
}
