import { create } from "@bufbuild/protobuf";
import {
  type DescriptorProto,
  DescriptorProtoSchema,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  FieldDescriptorProtoSchema,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { httpErrors } from "../errors.ts";
import type { Route } from "../route.ts";
import { componentName, type JsonSchema, type WireSchemas } from "../wireSchemas.ts";

const VALUE_TYPE = ".google.protobuf.Value";
export const VALUE_FILE = "google/protobuf/struct.proto";

const SCALARS: Readonly<Record<string, FieldDescriptorProto_Type>> = {
  string: FieldDescriptorProto_Type.STRING,
  integer: FieldDescriptorProto_Type.INT64,
  number: FieldDescriptorProto_Type.DOUBLE,
  boolean: FieldDescriptorProto_Type.BOOL,
};

/** The message of a body or an answer: that of the component it refers to, or one of its own. */
function messageName(schema: JsonSchema, own: string): string {
  return schema.$ref === undefined ? own : componentName(schema.$ref);
}

export function requestMessageName({ shape }: Route, schemas: WireSchemas): string | undefined {
  return shape.body && messageName(schemas.of(shape.body), `${capitalised(shape.id)}Request`);
}

export function answerMessageName({ shape }: Route, schemas: WireSchemas): string | undefined {
  if (!("schema" in shape.answer)) return undefined;
  return messageName(schemas.of(shape.answer.schema), `${capitalised(shape.id)}Answer`);
}

/**
 * The Protocol Buffers (proto3) form of all bodies and answers. Fields are numbered in the order of the schema's
 * fields: new ones are added last.
 * @throws SCHEMA_UNSUPPORTED
 */
export function fileDescriptor(
  packageName: string,
  routes: readonly Route[],
  schemas: WireSchemas,
): FileDescriptorProto {
  const builder = new FileBuilder(packageName, schemas);
  for (const route of routes) {
    const { shape } = route;
    if (shape.body !== undefined)
      builder.addRoot(requestMessageName(route, schemas) ?? "", schemas.of(shape.body));
    if ("schema" in shape.answer) {
      builder.addRoot(answerMessageName(route, schemas) ?? "", schemas.of(shape.answer.schema));
    }
  }
  return create(FileDescriptorProtoSchema, {
    name: `${packageName}.proto`,
    package: packageName,
    syntax: "proto3",
    dependency: builder.needsValue ? [VALUE_FILE] : [],
    messageType: builder.messages,
  });
}

class FileBuilder {
  readonly #package: string;
  readonly #schemas: WireSchemas;
  readonly #messages = new Map<string, DescriptorProto | undefined>();
  needsValue = false;

  constructor(packageName: string, schemas: WireSchemas) {
    this.#package = packageName;
    this.#schemas = schemas;
  }

  get messages(): DescriptorProto[] {
    return [...this.#messages.values()].filter((message) => message !== undefined);
  }

  addRoot(name: string, schema: JsonSchema): void {
    const resolved = this.#resolve(schema);
    if (resolved.properties === undefined) throw unsupported(name, "not an object");
    this.#addMessage(name, resolved);
  }

  #addMessage(name: string, schema: JsonSchema): void {
    if (this.#messages.has(name)) return;
    this.#messages.set(name, undefined);
    const message = create(DescriptorProtoSchema, { name });
    const required = new Set(schema.required);
    for (const [key, property] of Object.entries(schema.properties ?? {})) {
      this.#addField(message, key, property, required.has(key));
    }
    this.#messages.set(name, message);
  }

  #addField(message: DescriptorProto, key: string, schema: JsonSchema, isRequired: boolean): void {
    const at = `${message.name}.${key}`;
    const name = snakeCase(key);
    if (!/^[a-z][A-Za-z0-9]*$/.test(key) || camelCase(name) !== key)
      throw unsupported(at, "not a plain name");
    const { inner, isNullable } = this.#withoutNull(schema, at);
    const number = message.field.length + 1;
    const field = create(FieldDescriptorProtoSchema, { name, jsonName: key, number });
    const resolved = this.#resolve(inner);
    if (resolved.type === "array") {
      field.label = FieldDescriptorProto_Label.REPEATED;
      const items = this.#withoutNull(resolved.items ?? {}, at);
      if (items.isNullable || this.#resolve(items.inner).type === "array")
        throw unsupported(at, "a list in a list");
      this.#setType(field, items.inner, at, message.name);
    } else if (isRecord(resolved)) {
      this.#setMap(field, message, resolved, at);
    } else {
      field.label = FieldDescriptorProto_Label.OPTIONAL;
      this.#setType(field, inner, at, message.name);
      if (!isRequired || isNullable) {
        field.proto3Optional = true;
        field.oneofIndex = message.oneofDecl.length;
        message.oneofDecl.push({ $typeName: "google.protobuf.OneofDescriptorProto", name: `_${name}` });
      }
    }
    message.field.push(field);
  }

  #setMap(field: FieldDescriptorProto, message: DescriptorProto, schema: JsonSchema, at: string): void {
    const entry = `${capitalised(field.jsonName)}Entry`;
    const label = FieldDescriptorProto_Label.OPTIONAL;
    const type = FieldDescriptorProto_Type.STRING;
    const key = create(FieldDescriptorProtoSchema, { name: "key", jsonName: "key", number: 1, label, type });
    const value = create(FieldDescriptorProtoSchema, { name: "value", jsonName: "value", number: 2, label });
    const values = typeof schema.additionalProperties === "object" ? schema.additionalProperties : {};
    this.#setType(value, values, at, message.name);
    message.nestedType.push(
      create(DescriptorProtoSchema, { name: entry, field: [key, value], options: { mapEntry: true } }),
    );
    field.label = FieldDescriptorProto_Label.REPEATED;
    field.type = FieldDescriptorProto_Type.MESSAGE;
    field.typeName = `.${this.#package}.${message.name}.${entry}`;
  }

  #setType(field: FieldDescriptorProto, schema: JsonSchema, at: string, owner: string): void {
    const resolved = this.#resolve(schema);
    const scalar = SCALARS[scalarType(resolved) ?? ""];
    if (scalar !== undefined) {
      field.type = scalar;
      return;
    }
    field.type = FieldDescriptorProto_Type.MESSAGE;
    if (resolved.properties !== undefined) {
      const name = messageName(schema, `${owner}${capitalised(field.jsonName)}`);
      this.#addMessage(name, resolved);
      field.typeName = `.${this.#package}.${name}`;
    } else if (Object.keys(resolved).every((key) => key === "description" || key === "examples")) {
      this.needsValue = true;
      field.typeName = VALUE_TYPE;
    } else {
      throw unsupported(at, "no such type");
    }
  }

  #resolve(schema: JsonSchema): JsonSchema {
    if (schema.$ref === undefined) return schema;
    return this.#resolve(this.#schemas.components[componentName(schema.$ref)] ?? {});
  }

  /** `anyOf: [X, null]` and `type: [X, "null"]` are X, absent for null. */
  #withoutNull(schema: JsonSchema, at: string): { inner: JsonSchema; isNullable: boolean } {
    if (schema.anyOf !== undefined) {
      const others = schema.anyOf.filter(({ type }) => type !== "null");
      const [inner] = others;
      if (inner === undefined || others.length !== 1) throw unsupported(at, "a choice of types");
      return { inner, isNullable: others.length < schema.anyOf.length };
    }
    if (Array.isArray(schema.type)) {
      const types = schema.type.filter((type) => type !== "null");
      if (types.length !== 1) throw unsupported(at, "a choice of types");
      return { inner: { ...schema, type: types[0] }, isNullable: types.length < schema.type.length };
    }
    return { inner: schema, isNullable: false };
  }
}

function scalarType({ type, enum: values, const: only }: JsonSchema): string | undefined {
  if (typeof type === "string" && type in SCALARS) return type;
  const example = values?.[0] ?? only;
  return typeof example === "string" || typeof example === "boolean" ? typeof example : undefined;
}

function isRecord({ type, properties }: JsonSchema): boolean {
  return type === "object" && properties === undefined;
}

export function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function unsupported(at: string, reason: string) {
  return httpErrors.SCHEMA_UNSUPPORTED({ at, reason });
}
