import type { SdkField, SdkModel, SdkOperation, SdkType } from "./model.ts";

export function typescriptSdk({ title, declarations, operations }: SdkModel): string {
  return [
    `// Generated from the OpenAPI document of ${title} by tools/src/buildSdks.ts.`,
    "",
    ...declarations.map(({ name, fields, alias }) =>
      fields === undefined
        ? `export type ${name} = ${typeOf(alias ?? { kind: "anything" })};\n`
        : `export interface ${name} {\n${fields.map(fieldOf).join("")}}\n`,
    ),
    "/** What each operation takes and answers. */",
    "export interface Operations {",
    ...operations.map(operationType),
    "}",
    "",
    "/** How each operation travels. */",
    "export const OPERATIONS = {",
    ...operations.map(operationValue),
    "} as const;",
    "",
  ].join("\n");
}

function fieldOf({ name, type, isRequired, description }: SdkField): string {
  const comment = description === undefined ? "" : `  /** ${description.replaceAll("*/", "* /")} */\n`;
  return `${comment}  readonly ${name}${isRequired ? "" : "?"}: ${typeOf(type)}${isRequired ? "" : " | undefined"};\n`;
}

function typeOf(type: SdkType): string {
  switch (type.kind) {
    case "text":
      return "string";
    case "integer":
    case "number":
      return "number";
    case "truth":
      return "boolean";
    case "anything":
      return "unknown";
    case "choice":
      return type.values.map((value) => JSON.stringify(value)).join(" | ");
    case "list":
      return `readonly (${typeOf(type.item)})[]`;
    case "map":
      return `Readonly<Record<string, ${typeOf(type.value)}>>`;
    case "nullable":
      return `${typeOf(type.inner)} | null`;
    case "named":
      return type.name;
  }
}

function operationType(operation: SdkOperation): string {
  const { id, summary, pathFields, queryFields, body, answer } = operation;
  const inputs = [...pathFields, ...queryFields].map(fieldOf);
  if (body !== undefined) inputs.push(`  readonly body: ${typeOf(body)};\n`);
  if (operation.takesIdempotencyKey) inputs.push("  readonly idempotencyKey?: string | undefined;\n");
  if (operation.takesIfMatch) inputs.push("  readonly ifMatch: string;\n");
  const answers = answer === "bytes" ? "Uint8Array" : answer === "nothing" ? "undefined" : typeOf(answer);
  const input = inputs.length === 0 ? "object" : `{\n${inputs.join("")}}`;
  return `  /** ${summary}. */\n  readonly ${id}: { readonly input: ${input}; readonly answer: ${answers} };`;
}

function operationValue({
  id,
  method,
  path,
  answer,
  queryFields,
  takesIdempotencyKey,
}: SdkOperation): string {
  const kind = typeof answer === "string" ? answer : "json";
  const query = JSON.stringify(queryFields.map(({ name }) => name));
  return `  ${id}: { method: "${method}", path: "${path}", query: ${query}, answer: "${kind}", takesIdempotencyKey: ${takesIdempotencyKey} },`;
}
