import {
  type DescriptorProto,
  type FieldDescriptorProto,
  FieldDescriptorProto_Label,
  FieldDescriptorProto_Type,
  type FileDescriptorProto,
} from "@bufbuild/protobuf/wkt";

const SCALAR_NAMES: Readonly<Partial<Record<FieldDescriptorProto_Type, string>>> = {
  [FieldDescriptorProto_Type.STRING]: "string",
  [FieldDescriptorProto_Type.INT64]: "int64",
  [FieldDescriptorProto_Type.DOUBLE]: "double",
  [FieldDescriptorProto_Type.BOOL]: "bool",
};

/** The text of a .proto file, from which any Protocol Buffers compiler makes classes. */
export function protoFile(file: FileDescriptorProto): string {
  const head = [`syntax = "proto3";`, `package ${file.package};`];
  const imports = file.dependency.map((name) => `import "${name}";`);
  const messages = [...file.messageType].sort((a, b) => (a.name < b.name ? -1 : 1));
  return `${[...head, ...imports, ...messages.map((message) => messageText(message, file.package))].join("\n\n")}\n`;
}

function messageText({ name, field, nestedType }: DescriptorProto, packageName: string): string {
  const lines = field.map(
    (one) => `  ${fieldType(one, nestedType, packageName)} ${one.name} = ${one.number};`,
  );
  return [`message ${name} {`, ...lines, "}"].join("\n");
}

function fieldType(
  field: FieldDescriptorProto,
  nested: readonly DescriptorProto[],
  packageName: string,
): string {
  const entry = nested.find(({ name }) => field.typeName.endsWith(`.${name}`));
  const valueField = entry?.field[1];
  if (valueField !== undefined) return `map<string, ${typeName(valueField, packageName)}>`;
  const type = typeName(field, packageName);
  if (field.label === FieldDescriptorProto_Label.REPEATED) return `repeated ${type}`;
  return field.proto3Optional ? `optional ${type}` : type;
}

function typeName({ type, typeName: name }: FieldDescriptorProto, packageName: string): string {
  return SCALAR_NAMES[type] ?? name.replace(`.${packageName}.`, "").replace(/^\./, "");
}
