import { type Fact, hexToBytes } from "@trellis/base";
import { cryptoErrors } from "../errors.ts";
import { keystoreLimits } from "./Keystore.ts";

export type Json = Readonly<Record<string, unknown>>;

export function parseJson(text: string): Json {
  if (text.length > keystoreLimits.fileSizeMax) {
    throw malformed("file", { length: text.length, lengthMax: keystoreLimits.fileSizeMax });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Omits the parser's error, whose message quotes the file.
    throw malformed("file", { got: "not JSON" });
  }
  return asObject(value, "file");
}

export function requireSupported(field: string, got: unknown, known: readonly unknown[]): void {
  if (!known.includes(got))
    throw cryptoErrors.KEYSTORE_INVALID({ reason: "not supported", field, got: printable(got) });
}

export function readObject(parent: Json, name: string): Json {
  return asObject(parent[name], name);
}

function asObject(value: unknown, field: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed(field);
  return value as Json;
}

export function readText(parent: Json, name: string, field: string): string {
  const value = parent[name];
  if (typeof value !== "string") throw malformed(field);
  return value;
}

/** Hexadecimal, with or without 0x. */
export function readBytes(
  parent: Json,
  name: string,
  field: string,
  size?: number,
  sizeMax: number = keystoreLimits.saltSizeMax,
): Uint8Array {
  const hex = readText(parent, name, field).replace(/^0x/, "");
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(hex)) throw malformed(field);
  const bytes = hexToBytes(`0x${hex}`);
  const isSizeGood = size === undefined ? bytes.length <= sizeMax : bytes.length === size;
  if (!isSizeGood) throw malformed(field, { length: bytes.length, expected: size });
  return bytes;
}

export function readCount(parameters: Json, name: string): number {
  const value = parameters[name];
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 1) {
    throw malformed(`crypto.kdfparams.${name}`, { got: printable(value) });
  }
  return value;
}

export function malformed(field: string, facts: Readonly<Record<string, Fact>> = {}) {
  return cryptoErrors.KEYSTORE_INVALID({ reason: "malformed", field, ...facts });
}

function printable(value: unknown): Fact {
  return typeof value === "number" || typeof value === "string" ? String(value).slice(0, 40) : typeof value;
}
