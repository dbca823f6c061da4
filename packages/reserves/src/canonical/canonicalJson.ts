import type { Facts, TrellisError } from "@trellis/base";
import { canonicalErrors } from "./errors.ts";

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

const DEPTH_MAX = 64;

/** RFC 8785. @throws JSON_NOT_CANONICAL */
export function canonicalJson(value: JsonValue): string {
  return write(value, 0);
}

export function canonicalBytes(value: JsonValue): Uint8Array {
  return new TextEncoder().encode(canonicalJson(value));
}

/** Rejects non-canonical text, so that each value has one hash. @throws JSON_NOT_CANONICAL */
export function parseCanonicalJson(text: string): JsonValue {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw canonicalErrors.JSON_NOT_CANONICAL({ length: text.length }, cause);
  }
  if (canonicalJson(value) !== text) throw canonicalErrors.JSON_NOT_CANONICAL({ length: text.length });
  return value;
}

/** @throws JSON_NOT_CANONICAL */
export function parseCanonicalBytes(bytes: Uint8Array): JsonValue {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw canonicalErrors.JSON_NOT_CANONICAL({ length: bytes.length }, cause);
  }
  return parseCanonicalJson(text);
}

export function isJsonObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function write(value: JsonValue, depth: number): string {
  if (depth > DEPTH_MAX) throw notCanonical("nested too deep", { depthMax: DEPTH_MAX });
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return writeNumber(value);
  if (typeof value === "string") return writeText(value);
  if (typeof value !== "object") throw notCanonical("a value has no canonical form", { type: typeof value });
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(",")}]`;
  const members = Object.entries(value as JsonObject).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${writeText(name)}:${write(member, depth + 1)}`).join(",")}}`;
}

function writeNumber(value: number): string {
  if (!Number.isFinite(value)) throw notCanonical("a value has no canonical form", { number: String(value) });
  return JSON.stringify(value);
}

function writeText(text: string): string {
  if (!text.isWellFormed()) throw notCanonical("a value has no canonical form", { text: "lone surrogate" });
  return JSON.stringify(text);
}

function notCanonical(reason: string, facts: Facts = {}): TrellisError {
  return canonicalErrors.JSON_NOT_CANONICAL({ reason, ...facts });
}
