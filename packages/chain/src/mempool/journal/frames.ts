import { crc32 } from "node:zlib";
import { mempoolErrors } from "../errors.ts";

/**
 * Magic, then records: payload length and CRC-32 (4 bytes each, big-endian), their CRC-32, payload. [POOL-16]
 */
export const MAGIC: Uint8Array = new TextEncoder().encode("TRLPOOL1");

const HEADER_BYTES = 12;

export function encodeRecord(payload: Uint8Array): Uint8Array {
  const record = new Uint8Array(HEADER_BYTES + payload.length);
  const header = new DataView(record.buffer);
  header.setUint32(0, payload.length);
  header.setUint32(4, crc32(payload));
  header.setUint32(8, crc32(record.subarray(0, 8)));
  record.set(payload, HEADER_BYTES);
  return record;
}

export interface JournalContents {
  readonly records: Uint8Array[];
  readonly bytesValid: number;
}

/** Drops an unfinished last record and trailing zeros. @throws JOURNAL_CORRUPT with the offset */
export function decodeJournal(bytes: Uint8Array): JournalContents {
  if (bytes.length < MAGIC.length && isPrefix(bytes, MAGIC)) return { records: [], bytesValid: 0 };
  if (!isPrefix(MAGIC, bytes)) {
    throw mempoolErrors.JOURNAL_CORRUPT({ offset: 0, problem: "not a journal of this version" });
  }
  const records: Uint8Array[] = [];
  let offset = MAGIC.length;
  for (;;) {
    const record = readRecord(bytes, offset);
    if (record === undefined) return { records, bytesValid: offset };
    records.push(record);
    offset += HEADER_BYTES + record.length;
  }
}

function readRecord(bytes: Uint8Array, offset: number): Uint8Array | undefined {
  const left = bytes.length - offset;
  if (left < HEADER_BYTES) return undefined;
  const header = new DataView(bytes.buffer, bytes.byteOffset + offset, HEADER_BYTES);
  if (header.getUint32(8) !== crc32(bytes.subarray(offset, offset + 8))) {
    if (bytes.subarray(offset).every((byte) => byte === 0)) return undefined;
    throw mempoolErrors.JOURNAL_CORRUPT({ offset, problem: "record header does not match its checksum" });
  }
  const length = header.getUint32(0);
  if (length > left - HEADER_BYTES) return undefined;
  const payload = bytes.subarray(offset + HEADER_BYTES, offset + HEADER_BYTES + length);
  if (header.getUint32(4) !== crc32(payload)) {
    throw mempoolErrors.JOURNAL_CORRUPT({ offset, problem: "record does not match its checksum" });
  }
  return payload;
}

function isPrefix(prefix: Uint8Array, bytes: Uint8Array): boolean {
  return prefix.length <= bytes.length && prefix.every((byte, index) => byte === bytes[index]);
}
