import {
  create,
  createFileRegistry,
  type DescField,
  type DescMessage,
  fromBinary,
  fromJson,
  isFieldSet,
  type JsonValue,
  type Message,
  ScalarType,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import {
  type FileDescriptorProto,
  file_google_protobuf_struct,
  type Value,
  ValueSchema,
} from "@bufbuild/protobuf/wkt";
import { httpErrors } from "../errors.ts";
import { VALUE_FILE } from "./fileDescriptor.ts";

/** JSON values to Protocol Buffers messages and back. */
export interface ProtobufCodec {
  encode(message: string, value: unknown): Uint8Array;
  /** @throws BODY_MALFORMED */
  decode(message: string, bytes: Uint8Array): unknown;
}

type Fields = Record<string, unknown>;

/** An absent message field is an absent field of the object; one that may be null is null again only where it must be there. */
export function createProtobufCodec(file: FileDescriptorProto): ProtobufCodec {
  const registry = createFileRegistry(file, (name) =>
    name === VALUE_FILE ? file_google_protobuf_struct : undefined,
  );
  function descriptorOf(message: string): DescMessage {
    const descriptor = registry.getMessage(`${file.package}.${message}`);
    if (descriptor === undefined)
      throw httpErrors.SCHEMA_UNSUPPORTED({ at: message, reason: "no such message" });
    return descriptor;
  }
  return {
    encode(message, value) {
      const descriptor = descriptorOf(message);
      return toBinary(descriptor, toMessage(descriptor, value as Fields));
    },
    decode(message, bytes) {
      const descriptor = descriptorOf(message);
      try {
        return fromMessage(descriptor, fromBinary(descriptor, bytes));
      } catch (error) {
        throw httpErrors.BODY_MALFORMED(
          { reason: error instanceof Error ? error.message : undefined },
          error,
        );
      }
    },
  };
}

function toMessage(descriptor: DescMessage, value: Fields): Message {
  const init: Fields = {};
  for (const field of descriptor.fields) {
    const given = value[field.jsonName];
    if (given === undefined || given === null) continue;
    init[field.localName] = toFieldValue(field, given);
  }
  return create(descriptor, init);
}

function toFieldValue(field: DescField, value: unknown): unknown {
  if (field.fieldKind === "list") return (value as unknown[]).map((item) => toSingle(field, item));
  if (field.fieldKind !== "map") return toSingle(field, value);
  return Object.fromEntries(
    Object.entries(value as Fields).map(([key, part]) => [key, toSingle(field, part)]),
  );
}

function toSingle({ message, scalar }: DescField, value: unknown): unknown {
  if (message?.typeName === ValueSchema.typeName) return fromJson(ValueSchema, value as JsonValue);
  if (message !== undefined) return toMessage(message, value as Fields);
  return scalar === ScalarType.INT64 ? BigInt(value as number) : value;
}

function fromMessage(descriptor: DescMessage, message: Message): Fields {
  const value: Fields = {};
  const fields = message as unknown as Fields;
  for (const field of descriptor.fields) {
    // Of fields without presence the default value counts: an empty list, an empty text, zero.
    const hasPresence = field.fieldKind === "message" || field.proto.proto3Optional;
    if (hasPresence && !isFieldSet(message, field)) continue;
    value[field.jsonName] = fromFieldValue(field, fields[field.localName]);
  }
  return value;
}

function fromFieldValue(field: DescField, value: unknown): unknown {
  if (field.fieldKind === "list") return (value as unknown[]).map((item) => fromSingle(field, item));
  if (field.fieldKind !== "map") return fromSingle(field, value);
  return Object.fromEntries(
    Object.entries(value as Fields).map(([key, part]) => [key, fromSingle(field, part)]),
  );
}

function fromSingle({ message, scalar }: DescField, value: unknown): unknown {
  if (message?.typeName === ValueSchema.typeName) return toJson(ValueSchema, value as Value);
  if (message !== undefined) return fromMessage(message, value as Message);
  return scalar === ScalarType.INT64 ? Number(value) : value;
}
