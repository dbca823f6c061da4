import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import type { KeyReader } from "@trellis/storage";
import { CHAIN_TABLES } from "../store/tables.ts";
import { integrityErrors } from "./errors.ts";

interface TableStatistics {
  readonly table: string;
  readonly id: number;
  readonly entries: number;
  readonly keyBytes: number;
  readonly valueBytes: number;
}

export function tableStatistics(store: KeyReader): TableStatistics[] {
  return Object.entries(CHAIN_TABLES).map(([table, { id }]) => {
    const sums = { entries: 0, keyBytes: 0, valueBytes: 0 };
    for (const [key, value] of store.range({ from: Uint8Array.of(id), to: Uint8Array.of(id + 1) })) {
      sums.entries += 1;
      sums.keyBytes += key.length;
      sums.valueBytes += value.length;
    }
    return { table, id, ...sums };
  });
}

/** @throws TABLE_UNKNOWN, HEX_INVALID */
export function* tableEntries(
  store: KeyReader,
  table: string,
  keyPrefix: string,
  countMax: number,
): Iterable<readonly [key: Hex, value: Hex]> {
  const id = Object.entries(CHAIN_TABLES).find(([name]) => name === table)?.[1].id;
  if (id === undefined) {
    throw integrityErrors.TABLE_UNKNOWN({ table, tables: Object.keys(CHAIN_TABLES).join(", ") });
  }
  const prefix = hexToBytes(keyPrefix);
  const from = Uint8Array.of(id, ...prefix);
  let count = 0;
  for (const [key, value] of store.range({ from, to: Uint8Array.of(id + 1) })) {
    if (count++ === countMax || !from.every((byte, index) => key[index] === byte)) return;
    yield [bytesToHex(key.subarray(1)), bytesToHex(value)];
  }
}
