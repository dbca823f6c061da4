import type { Json } from "./Json.ts";

const decoder = new TextDecoder();

export class EncodedJson {
  readonly json: string | Uint8Array;

  constructor(json: string | Uint8Array) {
    this.json = json;
  }

  text(): string {
    return typeof this.json === "string" ? this.json : decoder.decode(this.json);
  }
}

export function jsonText(value: Json | EncodedJson): string {
  return value instanceof EncodedJson ? value.text() : JSON.stringify(value);
}
