/** No transaction's first byte: types are below 0x80 (EIP-2718), RLP lists start at 0xc0. */
const ACKNOWLEDGED = 0x80;

/** An older version refuses records of acknowledged transactions, and restores local ones. */
export function recordOf(encoded: Uint8Array, isLocal: boolean): Uint8Array {
  return isLocal ? encoded : Uint8Array.of(ACKNOWLEDGED, ...encoded);
}

export function parseRecord(record: Uint8Array): { readonly encoded: Uint8Array; readonly isLocal: boolean } {
  const isLocal = record[0] !== ACKNOWLEDGED;
  return { encoded: isLocal ? record : record.subarray(1), isLocal };
}
