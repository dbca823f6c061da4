import { defineErrors } from "@trellis/base";
import type { OpenApiDocument } from "@trellis/platform/openapi";
import {
  capitalised,
  type SdkDeclaration,
  type SdkField,
  type SdkModel,
  type SdkOperation,
  type SdkType,
} from "./model.ts";

type Document = Pick<OpenApiDocument, "info" | "paths" | "components">;
type Operation = OpenApiDocument["paths"][string][string];
type Schema = OpenApiDocument["components"]["schemas"][string];

const sdkErrors = defineErrors({
  SDK_UNSUPPORTED: {
    message: "the API's document has something that no SDK can write",
    hint: "describe it more simply, or teach tools/src/sdks the form",
    consequence: "fatal",
  },
});

const REFERENCE = "#/components/schemas/";
const JSON_TYPE = "application/json";

export function readModel(document: Document): SdkModel {
  const reader = new TypeReader();
  for (const [name, schema] of Object.entries(document.components.schemas)) reader.declare(name, schema);
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, { requestBody }]) => requestBody === undefined || JSON_TYPE in requestBody.content)
      .map(([method, operation]) => readOperation(path, method, operation, reader)),
  );
  return { title: document.info.title, declarations: reader.declarations, operations };
}

function readOperation(path: string, method: string, operation: Operation, reader: TypeReader): SdkOperation {
  const { operationId: id, summary, parameters, requestBody } = operation;
  const fieldsIn = (place: string): SdkField[] =>
    parameters
      .filter((parameter) => parameter.in === place)
      .map(({ name, required, description, schema }) => {
        const type = reader.typeOf(schema, capitalised(id) + capitalised(name));
        return { name, type, isRequired: required, description };
      });
  const headers = parameters.filter((parameter) => parameter.in === "header").map(({ name }) => name);
  const body = requestBody?.content[JSON_TYPE]?.schema;
  return {
    id,
    method: method.toUpperCase(),
    path,
    summary,
    pathFields: fieldsIn("path"),
    queryFields: fieldsIn("query"),
    body: body && reader.typeOf(body, `${capitalised(id)}Body`),
    answer: answerOf(operation, reader),
    takesIdempotencyKey: headers.includes("Idempotency-Key"),
    takesIfMatch: headers.includes("If-Match"),
  };
}

function answerOf({ operationId, responses }: Operation, reader: TypeReader): SdkOperation["answer"] {
  const good = Object.entries(responses).find(([status]) => status.startsWith("2"))?.[1];
  const [mediaType, content] = Object.entries(good?.content ?? {})[0] ?? [];
  if (mediaType === undefined || content === undefined) return "nothing";
  if (mediaType !== JSON_TYPE) return "bytes";
  // Another specification defines the response's fields.
  if (content.schema.format === "binary" || content.schema.type === "string") return { kind: "anything" };
  return reader.typeOf(content.schema, `${capitalised(operationId)}Answer`);
}

class TypeReader {
  readonly #declarations = new Map<string, SdkDeclaration>();

  get declarations(): readonly SdkDeclaration[] {
    return [...this.#declarations.values()];
  }

  declare(name: string, schema: Schema): void {
    if (this.#declarations.has(name))
      throw sdkErrors.SDK_UNSUPPORTED({ at: name, reason: "a name comes twice" });
    if (schema.properties === undefined) {
      this.#declarations.set(name, { name, fields: undefined, alias: this.typeOf(schema, `${name}Value`) });
      return;
    }
    // Declared before its fields' types, to keep the document's order.
    this.#declarations.set(name, { name, fields: [], alias: undefined });
    const required = new Set(schema.required);
    const fields = Object.entries(schema.properties).map(([field, inner]): SdkField => {
      const type = this.typeOf(inner, name + capitalised(field));
      return { name: field, type, isRequired: required.has(field), description: inner.description };
    });
    this.#declarations.set(name, { name, fields, alias: undefined });
  }

  typeOf(schema: Schema, name: string): SdkType {
    if (schema.$ref !== undefined) return { kind: "named", name: schema.$ref.slice(REFERENCE.length) };
    const variants = schema.anyOf ?? schema.oneOf;
    if (variants !== undefined) return this.#oneOf(variants, name);
    const types = Array.isArray(schema.type) ? schema.type : [schema.type];
    if (types.includes("null") && types.length === 2) {
      const [type] = types.filter((candidate) => candidate !== "null");
      return { kind: "nullable", inner: this.typeOf({ ...schema, type } as Schema, name) };
    }
    switch (types[0]) {
      case "string":
        return this.#text(schema);
      case "integer":
        return { kind: "integer" };
      case "number":
        return { kind: "number" };
      case "boolean":
        return { kind: "truth" };
      case "array":
        return { kind: "list", item: this.typeOf(schema.items ?? {}, `${name}Item`) };
      case "object":
        return this.#object(schema, name);
      case undefined:
        return { kind: "anything" };
      default:
        throw sdkErrors.SDK_UNSUPPORTED({ at: name, reason: types.join(" ") });
    }
  }

  #text(schema: Schema): SdkType {
    if (Array.isArray(schema.enum)) return { kind: "choice", values: schema.enum.map(String) };
    return typeof schema.const === "string" ? { kind: "choice", values: [schema.const] } : { kind: "text" };
  }

  #object(schema: Schema, name: string): SdkType {
    if (schema.properties !== undefined) {
      this.declare(name, schema);
      return { kind: "named", name };
    }
    const values = schema.additionalProperties;
    return {
      kind: "map",
      value: typeof values === "object" ? this.typeOf(values, `${name}Value`) : { kind: "anything" },
    };
  }

  /** `anything`, unless the union is one type or null. */
  #oneOf(variants: readonly Schema[], name: string): SdkType {
    const others = variants.filter(({ type }) => type !== "null");
    const [only] = others;
    const inner: SdkType =
      others.length === 1 && only !== undefined ? this.typeOf(only, name) : { kind: "anything" };
    return others.length < variants.length ? { kind: "nullable", inner } : inner;
  }
}
