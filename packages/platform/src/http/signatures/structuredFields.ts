import type { ParameterValue, SignatureInput } from "@trellis/crypto/httpSignatures";
import { httpErrors } from "../errors.ts";

const MEMBERS_MAX = 8;
const COMPONENTS_MAX = 32;
const FIELD_CHARS_MAX = 8_192;

/** Inner lists (RFC 8941, section 3.2) of strings without parameters. @throws SIGNATURE_INVALID */
export function parseSignatureInputs(field: string): Map<string, SignatureInput> {
  return parseDictionary(field, (reader) => {
    const components: string[] = [];
    reader.expect("(");
    reader.skipSpaces();
    while (!reader.accept(")")) {
      components.push(reader.string());
      if (components.length > COMPONENTS_MAX) throw malformed("too many components");
      if (!reader.accept(" ") && reader.next !== ")") throw malformed("components have no parameters here");
      reader.skipSpaces();
    }
    return { components, parameters: reader.parameters() };
  });
}

/** @throws SIGNATURE_INVALID */
export function parseByteDictionary(field: string): Map<string, Uint8Array> {
  return parseDictionary(field, (reader) => {
    const bytes = reader.bytes();
    reader.parameters();
    return bytes;
  });
}

function parseDictionary<T>(field: string, readMember: (reader: FieldReader) => T): Map<string, T> {
  if (field.length > FIELD_CHARS_MAX) throw malformed("too long");
  const reader = new FieldReader(field.trim());
  const members = new Map<string, T>();
  while (!reader.isAtEnd) {
    const name = reader.key();
    reader.expect("=");
    if (members.has(name)) throw malformed("duplicate label");
    members.set(name, readMember(reader));
    if (members.size > MEMBERS_MAX) throw malformed("too many labels");
    reader.skipSpaces();
    if (reader.isAtEnd) break;
    reader.expect(",");
    reader.skipSpaces();
    if (reader.isAtEnd) throw malformed("ends with a comma");
  }
  return members;
}

class FieldReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  get next(): string {
    return this.#text[this.#at] ?? "";
  }

  accept(character: string): boolean {
    if (this.next !== character) return false;
    this.#at++;
    return true;
  }

  expect(character: string): void {
    if (!this.accept(character)) throw malformed(`${character} expected`);
  }

  skipSpaces(): void {
    while (this.next === " " || this.next === "\t") this.#at++;
  }

  key(): string {
    return this.#match(/[a-z*][a-z0-9_.*-]*/y, "a key expected")[0];
  }

  string(): string {
    return this.#match(/"([ !#-[\]-~]*)"/y, "a string expected")[1] ?? "";
  }

  bytes(): Uint8Array {
    const [, text = ""] = this.#match(/:([A-Za-z0-9+/]*={0,2}):/y, "bytes expected");
    return new Uint8Array(Buffer.from(text, "base64"));
  }

  parameters(): Map<string, ParameterValue> {
    const parameters = new Map<string, ParameterValue>();
    while (this.accept(";")) {
      this.skipSpaces();
      const name = this.key();
      if (parameters.has(name)) throw malformed("duplicate parameter");
      parameters.set(name, this.accept("=") ? this.#value() : true);
    }
    return parameters;
  }

  #value(): ParameterValue {
    if (this.next === '"') return this.string();
    if (this.next === "?") return this.#match(/\?([01])/y, "a value expected")[1] === "1";
    return Number(this.#match(/-?(?:0|[1-9]\d{0,14})(?![\d.])/y, "a value expected")[0]);
  }

  #match(pattern: RegExp, reason: string): RegExpExecArray {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) throw malformed(reason);
    this.#at = pattern.lastIndex;
    return match;
  }
}

function malformed(reason: string) {
  return httpErrors.SIGNATURE_INVALID({ reason });
}
