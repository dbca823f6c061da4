import { componentName, type JsonSchema } from "../http/wireSchemas.ts";

export type Components = Readonly<Record<string, JsonSchema>>;

export function exampleOf(schema: JsonSchema, components: Components, withOptional = true): unknown {
  if (schema.$ref !== undefined) {
    return exampleOf(components[componentName(schema.$ref)] ?? {}, components, withOptional);
  }
  if (schema.examples?.[0] !== undefined) return schema.examples[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  const choice = (schema.anyOf ?? schema.oneOf)?.[0];
  if (choice !== undefined) return exampleOf(choice, components, withOptional);
  const type = typeof schema.type === "string" ? schema.type : schema.type?.[0];
  switch (type) {
    case "string":
      return "x".repeat(Math.max(1, schema.minLength ?? 1));
    case "integer":
    case "number":
      return Math.max(schema.minimum ?? 0, Math.min(1, schema.maximum ?? 1));
    case "boolean":
      return true;
    case "array": {
      const count = Math.max(schema.minItems ?? 0, withOptional ? 1 : 0);
      return Array.from({ length: count }, () => exampleOf(schema.items ?? {}, components, withOptional));
    }
    case "object":
      return exampleObject(schema, components, withOptional);
    default:
      return null;
  }
}

function exampleObject(
  schema: JsonSchema,
  components: Components,
  withOptional: boolean,
): Record<string, unknown> {
  const { properties, required = [], additionalProperties } = schema;
  if (properties === undefined) {
    return typeof additionalProperties === "object" && withOptional
      ? { name: exampleOf(additionalProperties, components, withOptional) }
      : {};
  }
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([name]) => withOptional || required.includes(name))
      .map(([name, property]) => [name, exampleOf(property, components, withOptional)]),
  );
}
