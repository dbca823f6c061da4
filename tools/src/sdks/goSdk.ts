import {
  capitalised,
  type SdkDeclaration,
  type SdkField,
  type SdkModel,
  type SdkOperation,
  type SdkType,
} from "./model.ts";

export function goSdk({ title, declarations, operations }: SdkModel): string {
  return [
    "// Code generated from the OpenAPI document by tools/src/buildSdks.ts. DO NOT EDIT.",
    "",
    `// Package trellisreserves talks to ${title}.`,
    "package trellisreserves",
    "",
    'import "context"',
    "",
    ...declarations.map(declarationOf),
    ...operations.map(operationOf),
  ].join("\n");
}

function declarationOf({ name, fields, alias }: SdkDeclaration): string {
  if (fields === undefined) return `type ${name} = ${typeOf(alias ?? { kind: "anything" })}\n`;
  return `type ${name} struct {\n${fields.map(fieldOf).join("")}}\n`;
}

function fieldOf({ name, type, isRequired }: SdkField): string {
  const isPointer = !isRequired && type.kind !== "nullable" && isPointable(type);
  return `\t${goName(name)} ${isPointer ? "*" : ""}${typeOf(type)} \`json:"${name}${isRequired ? "" : ",omitempty"}"\`\n`;
}

function isPointable(type: SdkType): boolean {
  return type.kind !== "list" && type.kind !== "map" && type.kind !== "anything";
}

function typeOf(type: SdkType): string {
  switch (type.kind) {
    case "text":
    case "choice":
      return "string";
    case "integer":
      return "int64";
    case "number":
      return "float64";
    case "truth":
      return "bool";
    case "anything":
      return "any";
    case "list":
      return `[]${typeOf(type.item)}`;
    case "map":
      return `map[string]${typeOf(type.value)}`;
    case "nullable":
      return isPointable(type.inner) ? `*${typeOf(type.inner)}` : typeOf(type.inner);
    case "named":
      return type.name;
  }
}

function operationOf(operation: SdkOperation): string {
  const { id, method, path, summary, pathFields, queryFields, body, answer } = operation;
  const name = capitalised(id);
  const input = `${name}Input`;
  const fields = [
    ...pathFields.map((field) => `\t${goName(field.name)} ${typeOf(field.type)}\n`),
    ...queryFields.map(
      (field) => `\t${goName(field.name)} ${field.isRequired ? "" : "*"}${typeOf(field.type)}\n`,
    ),
    ...(body === undefined ? [] : [`\tBody ${typeOf(body)}\n`]),
    ...(operation.takesIfMatch ? ["\tIfMatch string\n"] : []),
    ...(operation.takesIdempotencyKey
      ? ["\t// Made again when it is empty.\n\tIdempotencyKey string\n"]
      : []),
  ];
  const type = answer === "bytes" ? "[]byte" : answer === "nothing" ? "struct{}" : typeOf(answer);
  const pairs = (of: readonly SdkField[]): string =>
    `[]pair{${of.map((field) => `{"${field.name}", input.${goName(field.name)}}`).join(", ")}}`;
  return [
    `type ${input} struct {`,
    `${fields.join("")}}`,
    "",
    `// ${name}: ${summary}.`,
    `func (client *Client) ${name}(ctx context.Context, input ${input}) (answer ${type}, err error) {`,
    "\terr = client.call(ctx, request{",
    `\t\tmethod: "${method}", path: "${path}",`,
    `\t\tinPath: ${pairs(pathFields)}, inQuery: ${pairs(queryFields)},`,
    ...(body === undefined ? [] : ["\t\tbody: input.Body,"]),
    ...(operation.takesIfMatch ? ["\t\tifMatch: input.IfMatch,"] : []),
    ...(operation.takesIdempotencyKey ? ["\t\ttakesKey: true, idempotencyKey: input.IdempotencyKey,"] : []),
    "\t}, &answer)",
    "\treturn answer, err",
    "}",
    "",
  ].join("\n");
}

function goName(name: string): string {
  return capitalised(name);
}
