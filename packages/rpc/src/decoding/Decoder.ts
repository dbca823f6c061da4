import { rpcErrors } from "../errors.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Decoder<T> {
  /** @throws RPC_PARAMETERS_INVALID with geth's message */
  readonly decode: (value: unknown) => T;
  readonly schema: JsonSchema;
}

export function malformed(reason: string): never {
  throw rpcErrors.RPC_PARAMETERS_INVALID({ reason });
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function asObject(value: unknown, what: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    malformed(`non-object value for ${what}`);
  return value as JsonObject;
}

export function fieldOf(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? (object[name] ?? undefined) : undefined;
}

export function optionalField<T>(object: JsonObject, name: string, decoder: Decoder<T>): T | undefined {
  const value = fieldOf(object, name);
  return value === undefined ? undefined : decoder.decode(value);
}

/** Refuses fields that only geth supports, unless their value is false. */
export function refuseFields(object: JsonObject, what: string, names: readonly string[]): void {
  const refused = names.find((name) => (fieldOf(object, name) ?? false) !== false);
  if (refused !== undefined) malformed(`${what} "${refused}" is not supported`);
}

export function arrayOf<T>(item: Decoder<T>, countMax: number): Decoder<T[]> {
  return {
    schema: { type: "array", items: item.schema, maxItems: countMax },
    decode(value) {
      if (!Array.isArray(value)) malformed("non-array value");
      if (value.length > countMax)
        malformed(`too many values: have ${value.length}, want at most ${countMax}`);
      return value.map(item.decode);
    },
  };
}

export const boolean: Decoder<boolean> = {
  schema: { type: "boolean" },
  decode: (value) => (typeof value === "boolean" ? value : malformed("non-boolean value")),
};

export const text: Decoder<string> = {
  schema: { type: "string" },
  decode: (value) => (typeof value === "string" ? value : malformed("non-string value")),
};

export const anything: Decoder<unknown> = { schema: {}, decode: (value) => value };
