import type { PooledTransaction } from "@trellis/protocol";

/** No transaction's first byte: types are below 0x80 (EIP-2718), RLP lists start at 0xc0. */
const ACKNOWLEDGED = 0x80;

/** An older version refuses records of acknowledged transactions, and restores local ones. */
export function recordOf({
  transaction: { encoded },
  isLocal,
}: Pick<PooledTransaction, "transaction" | "isLocal">): Uint8Array {
  if (isLocal) return encoded;
  const record = new Uint8Array(1 + encoded.length);
  record[0] = ACKNOWLEDGED;
  record.set(encoded, 1);
  return record;
}

export function parseRecord(record: Uint8Array): { readonly encoded: Uint8Array; readonly isLocal: boolean } {
  const isLocal = record[0] !== ACKNOWLEDGED;
  return { encoded: isLocal ? record : record.subarray(1), isLocal };
}
