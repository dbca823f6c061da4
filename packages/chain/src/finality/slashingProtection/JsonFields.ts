import { type Hex, hexToBytes, isHex } from "@trellis/base";
import type { Hash } from "@trellis/protocol";

export type Refusal = (reason: string) => Error;

export class JsonFields {
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #unread: Set<string>;
  readonly #refusal: Refusal;

  constructor(value: unknown, refusal: Refusal) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw refusal("not an object");
    this.#value = value as Readonly<Record<string, unknown>>;
    this.#unread = new Set(Object.keys(value));
    this.#refusal = refusal;
  }

  static parse(text: string, refusal: Refusal): JsonFields {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw refusal("not JSON");
    }
    return new JsonFields(value, refusal);
  }

  exactly<T extends string | number>(name: string, expected: T): void {
    if (this.#take(name) !== expected) throw this.#refusal(`${name} is not ${expected}`);
  }

  integer(name: string, min: number, max = Number.MAX_SAFE_INTEGER): number {
    const value = this.#take(name);
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max)
      return value;
    throw this.#refusal(`${name} is not a number from ${min} to ${max}`);
  }

  has(name: string): boolean {
    return this.#unread.has(name);
  }

  uint(name: string): bigint {
    const value = this.#take(name);
    if (typeof value === "string" && /^(?:0|[1-9]\d{0,19})$/.test(value)) return BigInt(value);
    throw this.#refusal(`${name} is not a decimal number`);
  }

  flag(name: string): boolean {
    const value = this.#take(name);
    if (typeof value === "boolean") return value;
    throw this.#refusal(`${name} is neither true nor false`);
  }

  oneOf<T extends string>(name: string, choices: readonly T[]): T {
    const value = this.#take(name);
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw this.#refusal(`${name} is not one of ${choices.join(", ")}`);
    return found;
  }

  hash(name: string): Hash {
    return this.#hex(name, 32).toLowerCase() as Hash;
  }

  hashOrNull(name: string): Hash | undefined {
    return this.#isNull(name) ? undefined : this.hash(name);
  }

  bytes(name: string, size: number): Uint8Array {
    return hexToBytes(this.#hex(name, size));
  }

  bytesOrNull(name: string, sizeMax: number): Uint8Array | undefined {
    if (this.#isNull(name)) return undefined;
    const value = this.#take(name);
    if (typeof value === "string" && value.length <= 2 + 2 * sizeMax && isHex(value))
      return hexToBytes(value);
    throw this.#refusal(`${name} is not at most ${sizeMax} bytes`);
  }

  objectOrNull(name: string): JsonFields | undefined {
    return this.#isNull(name) ? undefined : new JsonFields(this.#take(name), this.#refusal);
  }

  list(name: string, countMax: number): JsonFields[] {
    const value = this.#take(name);
    if (!Array.isArray(value) || value.length > countMax) {
      throw this.#refusal(`${name} is not a list of at most ${countMax}`);
    }
    return value.map((item) => new JsonFields(item, this.#refusal));
  }

  /** Throws if a field is unread. */
  finish(): void {
    const [unknown] = this.#unread;
    if (unknown !== undefined) throw this.#refusal(`${unknown.slice(0, 32)} is not known`);
  }

  #hex(name: string, size: number): Hex {
    const value = this.#take(name);
    if (typeof value === "string" && isHex(value, size)) return value;
    throw this.#refusal(`${name} is not ${size} bytes`);
  }

  #isNull(name: string): boolean {
    if (!Object.hasOwn(this.#value, name) || this.#value[name] !== null) return false;
    this.#unread.delete(name);
    return true;
  }

  #take(name: string): unknown {
    this.#unread.delete(name);
    return Object.hasOwn(this.#value, name) ? this.#value[name] : undefined;
  }
}
