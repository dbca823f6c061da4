import { bytesToHex } from "@trellis/base";
import type { Hash, RlpReader } from "@trellis/protocol";
import { wireErrors } from "./errors.ts";

export function readItems<T>(
  fields: RlpReader,
  field: string,
  countMax: number,
  readItem: (list: RlpReader) => T,
): T[] {
  const list = fields.readList(field);
  const items: T[] = [];
  while (!list.isDone) {
    if (items.length === countMax)
      throw wireErrors.MESSAGE_MALFORMED({ field, reason: "too many items", countMax });
    items.push(readItem(list));
  }
  return items;
}

export function readHashes(fields: RlpReader, field: string, countMax: number): Hash[] {
  return readItems(fields, field, countMax, (list) => list.readHash(field));
}

export function readFlag(fields: RlpReader, field: string): boolean {
  return fields.readNumber(field, 1) === 1;
}

export function readCount(fields: RlpReader, field: string, max: number): number {
  const count = fields.readNumber(field, max);
  if (count === 0) throw wireErrors.MESSAGE_MALFORMED({ field, reason: "zero" });
  return count;
}

const NOTHING = new Uint8Array(0);

/** Empty bytes mean undefined: requested items are never empty. */
export function optionalBytes<T>(value: T | undefined, encode: (value: T) => Uint8Array): Uint8Array {
  return value === undefined ? NOTHING : encode(value);
}

export function readOptional<T>(
  list: RlpReader,
  field: string,
  sizeMax: number,
  decode: (bytes: Uint8Array) => T,
): T | undefined {
  const bytes = list.readBytes(field, sizeMax);
  return bytes.length === 0 ? undefined : decode(bytes);
}

const HASH_BYTES = 32;

export function readOptionalHash(fields: RlpReader, field: string): Hash | undefined {
  const bytes = fields.readBytes(field);
  if (bytes.length === 0) return undefined;
  if (bytes.length !== HASH_BYTES) {
    throw wireErrors.MESSAGE_MALFORMED({ field, got: bytes.length, reason: "neither empty nor a hash" });
  }
  return bytesToHex(bytes);
}

/** A stored slice would retain the whole message. */
export function copyBytes(bytes: Uint8Array): Uint8Array {
  return bytes.slice();
}

const SPACE = 0x20;
const TILDE = 0x7e;

export function textToBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Printable ASCII: logs contain it. */
export function readText(fields: RlpReader, field: string, sizeMax: number): string {
  const bytes = fields.readBytes(field, sizeMax);
  if (!bytes.every((byte) => byte >= SPACE && byte <= TILDE)) {
    throw wireErrors.MESSAGE_MALFORMED({ field, reason: "not printable ASCII" });
  }
  return String.fromCharCode(...bytes);
}
