import type { Parsed } from "../../../format/parse.ts";

export function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Strings need no quotes. Other values are JSON of the current value's type. */
export function parseValue(text: string, was: unknown): Parsed<unknown> {
  if (typeof was === "string") return { value: text.trim() };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Durations and sizes can have a unit (`30s`).
    if (typeof was === "number" && /^[\d.]+\s?[a-zA-Z]+$/.test(text.trim())) return { value: text.trim() };
    return { wrong: `Expected ${kindOf(was)}.` };
  }
  return kindOf(value) === kindOf(was) ? { value } : { wrong: `Expected ${kindOf(was)}.` };
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a JSON array";
  if (value === null || typeof value === "object") return "a JSON object";
  return typeof value === "boolean" ? "true or false" : `a ${typeof value}`;
}
