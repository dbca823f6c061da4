import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { storageErrors } from "../errors.ts";

/** Where a meta page (MDB_meta in LMDB's source) has its fields, the page's header of 24 bytes counted. */
const META = { magic: 24, pageSize: 48, lastPage: 144, transaction: 152, end: 160 } as const;
const MAGIC = 0xbeefc0de;

/**
 * LMDB reads its file as memory: one that is not its own, or that was cut off, would end the process by a signal.
 * LMDB might itself leave free pages at the end unwritten, and so a shorter file; none of thousands of batches did.
 * @throws STORE_UNAVAILABLE
 */
export function checkLmdbFile(file: string): void {
  if (!existsSync(file)) return;
  const descriptor = openSync(file, "r");
  try {
    const { size } = fstatSync(descriptor);
    if (size === 0) return;
    const first = metaAt(descriptor, 0);
    if (first === undefined) throw storageErrors.STORE_UNAVAILABLE({ file, reason: "not an LMDB file" });
    const second = metaAt(descriptor, first.pageSize);
    const newest = second !== undefined && second.transaction > first.transaction ? second : first;
    const expected = (newest.lastPage + 1) * first.pageSize;
    if (size < expected) {
      throw storageErrors.STORE_UNAVAILABLE({ file, reason: "the file was cut off", size, expected });
    }
  } finally {
    closeSync(descriptor);
  }
}

interface Meta {
  readonly pageSize: number;
  readonly lastPage: number;
  readonly transaction: bigint;
}

/** The meta page there, if there is one. */
function metaAt(descriptor: number, position: number): Meta | undefined {
  const page = Buffer.alloc(META.end);
  const size = readSync(descriptor, page, 0, META.end, position);
  if (size < META.end || page.readUInt32LE(META.magic) !== MAGIC) return undefined;
  return {
    pageSize: page.readUInt32LE(META.pageSize),
    lastPage: Number(page.readBigUInt64LE(META.lastPage)),
    transaction: page.readBigUInt64LE(META.transaction),
  };
}
