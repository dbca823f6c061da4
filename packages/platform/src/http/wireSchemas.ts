import { z } from "zod";
import type { Route } from "./route.ts";

export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly propertyNames?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

export interface WireSchemas {
  readonly components: Readonly<Record<string, JsonSchema>>;
  of(schema: z.ZodType): JsonSchema;
}

const LOCAL = "#/$defs/";
export const COMPONENT = "#/components/schemas/";

export function createWireSchemas(routes: readonly Route[]): WireSchemas {
  const components: Record<string, JsonSchema> = {};
  const known = new Map<z.ZodType, JsonSchema>();

  function of(schema: z.ZodType): JsonSchema {
    const seen = known.get(schema);
    if (seen !== undefined) return seen;
    const { $schema, $defs, ...whole } = z.toJSONSchema(schema, { io: "input", target: "draft-2020-12" });
    for (const [name, part] of Object.entries($defs ?? {})) components[name] = relocated(part);
    const wire = relocated(whole);
    known.set(schema, wire);
    return wire;
  }

  for (const { shape } of routes) {
    for (const schema of [shape.params, shape.query, shape.body]) if (schema !== undefined) of(schema);
    if ("schema" in shape.answer) of(shape.answer.schema);
  }
  return { components, of };
}

export function componentName(ref: string): string {
  return ref.slice(COMPONENT.length);
}

function relocated(schema: object): JsonSchema {
  const text = JSON.stringify(schema, (key, value) =>
    key === "$ref" && typeof value === "string" ? value.replace(LOCAL, COMPONENT) : value,
  );
  return JSON.parse(text);
}
