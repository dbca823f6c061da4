import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { storageErrors } from "../errors.ts";

/** Offsets of fields of MDB_meta, including the page header of 24 bytes. */
const META = { magic: 24, pageSize: 48, freeRoot: 88, mainRoot: 136, transaction: 152, end: 160 } as const;
const MAGIC = 0xbeefc0de;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;

/**
 * A foreign or truncated file would crash the process, because LMDB maps it. Checks only the newest
 * transaction's roots. [STORE-6]
 */
export function checkLmdbFile(file: string): void {
  if (!existsSync(file)) return;
  const descriptor = openSync(file, "r");
  try {
    const { size } = fstatSync(descriptor);
    if (size === 0) return;
    const first = metaAt(descriptor, 0);
    if (first === undefined) throw storageErrors.STORE_CORRUPT({ file, reason: "not an LMDB file" });
    const second = metaAt(descriptor, first.pageSize);
    const newest = second !== undefined && second.transaction > first.transaction ? second : first;
    const expected = Math.max(2, ...newest.roots.map((page) => page + 1)) * first.pageSize;
    if (size < expected) {
      throw storageErrors.STORE_CORRUPT({ file, reason: "the file was cut off", size, expected });
    }
  } finally {
    closeSync(descriptor);
  }
}

interface Meta {
  readonly pageSize: number;
  readonly roots: readonly number[];
  readonly transaction: bigint;
}

function metaAt(descriptor: number, position: number): Meta | undefined {
  const page = Buffer.alloc(META.end);
  const size = readSync(descriptor, page, 0, META.end, position);
  if (size < META.end || page.readUInt32LE(META.magic) !== MAGIC) return undefined;
  const roots = [META.freeRoot, META.mainRoot].map((at) => page.readBigUInt64LE(at));
  return {
    pageSize: page.readUInt32LE(META.pageSize),
    roots: roots.filter((root) => root !== NO_PAGE).map(Number),
    transaction: page.readBigUInt64LE(META.transaction),
  };
}
