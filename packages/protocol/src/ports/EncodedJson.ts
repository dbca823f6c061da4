import type { Json } from "./Json.ts";

const decoder = new TextDecoder();

/** A value as JSON text: a large trace is encoded on the thread that made it, and nobody parses it again. */
export class EncodedJson {
  /** Text, or its UTF-8 bytes. */
  readonly json: string | Uint8Array;

  constructor(json: string | Uint8Array) {
    this.json = json;
  }

  text(): string {
    return typeof this.json === "string" ? this.json : decoder.decode(this.json);
  }
}

/** The value as JSON text, whichever form it has. */
export function jsonText(value: Json | EncodedJson): string {
  return value instanceof EncodedJson ? value.text() : JSON.stringify(value);
}
