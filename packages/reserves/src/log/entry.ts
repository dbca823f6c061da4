import {
  canonicalBytes,
  isJsonObject,
  type JsonObject,
  parseCanonicalBytes,
} from "../canonical/canonicalJson.ts";
import { logErrors } from "./errors.ts";

/** Encoded numbers are never reused. */
export const ENTRY_TYPES = {
  "root-record": 1,
  audit: 2,
  attestation: 3,
  "key-change": 4,
} as const;
export type EntryType = keyof typeof ENTRY_TYPES;

export interface LogEntry {
  readonly type: EntryType;
  /** Must not contain personal data: entries are public and permanent. */
  readonly body: JsonObject;
}

const VERSION = 1;
/** Lengths have 16 bits (C2SP tlog-tiles). */
export const ENTRY_SIZE_MAX = 65_535;

/** Hash input: version, type, canonical JSON (RFC 8785). @throws LOG_MALFORMED, JSON_NOT_CANONICAL */
export function encodeEntry({ type, body }: LogEntry): Uint8Array {
  const json = canonicalBytes(body);
  const bytes = new Uint8Array(2 + json.length);
  bytes.set([VERSION, ENTRY_TYPES[type]]);
  bytes.set(json, 2);
  if (bytes.length > ENTRY_SIZE_MAX)
    throw logErrors.LOG_MALFORMED({
      reason: "too large",
      type,
      size: bytes.length,
      sizeMax: ENTRY_SIZE_MAX,
    });
  return bytes;
}

/** @throws LOG_MALFORMED */
export function decodeEntry(bytes: Uint8Array): LogEntry {
  if (bytes.length > ENTRY_SIZE_MAX)
    throw logErrors.LOG_MALFORMED({ reason: "too large", size: bytes.length, sizeMax: ENTRY_SIZE_MAX });
  const [version, number] = bytes;
  const type = (Object.keys(ENTRY_TYPES) as EntryType[]).find((known) => ENTRY_TYPES[known] === number);
  if (version !== VERSION || type === undefined)
    throw logErrors.LOG_MALFORMED({ reason: "entry", version, type: number });
  const body = parseBody(bytes.subarray(2));
  return { type, body };
}

function parseBody(json: Uint8Array): JsonObject {
  try {
    const body = parseCanonicalBytes(json);
    if (isJsonObject(body)) return body;
  } catch (cause) {
    throw logErrors.LOG_MALFORMED({ reason: "entry", size: json.length }, cause);
  }
  throw logErrors.LOG_MALFORMED({ reason: "entry", size: json.length, expected: "an object" });
}
