import { type SdkDeclaration, type SdkModel, type SdkOperation, type SdkType, snakeCase } from "./model.ts";

export function pythonSdk({ title, declarations, operations }: SdkModel): string {
  return [
    `"""The operations of ${title}. Generated from its OpenAPI document by tools/src/buildSdks.ts."""`,
    "",
    "from __future__ import annotations",
    "",
    "from typing import Any, Literal, NotRequired, TypedDict",
    "",
    "from .transport import Transport",
    "",
    ...declarations.map(declarationOf),
    "",
    "class Client(Transport):",
    `    """${title}, one method an operation. Errors are ApiError."""`,
    "",
    ...operations.map(methodOf),
  ].join("\n");
}

function declarationOf({ name, fields, alias }: SdkDeclaration): string {
  // Quoted, because names may be declared later in the file.
  if (fields === undefined) return `${name} = ${alias === undefined ? "Any" : quoted(alias)}\n`;
  const lines = fields.map(({ name: field, type, isRequired }) => {
    const text = isRequired ? typeOf(type) : `NotRequired[${typeOf(type)}]`;
    return `    ${JSON.stringify(field)}: ${JSON.stringify(text)},`;
  });
  // Uses the functional syntax, because fields may be Python keywords.
  return [
    `${name} = TypedDict(`,
    `    ${JSON.stringify(name)},`,
    "    {",
    ...lines.map((line) => `    ${line}`),
    "    },",
    ")",
    "",
  ].join("\n");
}

/** Quotes named types, because aliases are evaluated at import. */
function quoted(type: SdkType): string {
  const hasName = (part: SdkType): boolean =>
    part.kind === "named" ||
    (part.kind === "list" && hasName(part.item)) ||
    (part.kind === "map" && hasName(part.value)) ||
    (part.kind === "nullable" && hasName(part.inner));
  return hasName(type) ? JSON.stringify(typeOf(type)) : typeOf(type);
}

function typeOf(type: SdkType): string {
  switch (type.kind) {
    case "text":
      return "str";
    case "integer":
      return "int";
    case "number":
      return "float";
    case "truth":
      return "bool";
    case "anything":
      return "Any";
    case "choice":
      return `Literal[${type.values.map((value) => `'${value}'`).join(", ")}]`;
    case "list":
      return `list[${typeOf(type.item)}]`;
    case "map":
      return `dict[str, ${typeOf(type.value)}]`;
    case "nullable":
      return `${typeOf(type.inner)} | None`;
    case "named":
      return type.name;
  }
}

function methodOf(operation: SdkOperation): string {
  const { id, method, path, summary, pathFields, queryFields, body, answer } = operation;
  const required = [...pathFields, ...queryFields.filter(({ isRequired }) => isRequired)];
  const parameters = [
    ...required.map(({ name, type }) => `${argument(name)}: ${typeOf(type)}`),
    ...(body === undefined ? [] : [`body: ${typeOf(body)}`]),
    ...(operation.takesIfMatch ? ["if_match: str"] : []),
    ...queryFields
      .filter(({ isRequired }) => !isRequired)
      .map(({ name, type }) => `${argument(name)}: ${typeOf(type)} | None = None`),
    ...(operation.takesIdempotencyKey ? ["idempotency_key: str | None = None"] : []),
  ];
  const answers = answer === "bytes" ? "bytes" : answer === "nothing" ? "None" : typeOf(answer);
  const pairs = (names: readonly string[]): string =>
    `{${names.map((name) => `${JSON.stringify(name)}: ${argument(name)}`).join(", ")}}`;
  const lines = [
    `    def ${argument(id)}(self${parameters.length === 0 ? "" : `, *, ${parameters.join(", ")}`}) -> ${answers}:`,
    `        """${summary}."""`,
    "        return self._call(",
    `            ${JSON.stringify(method)},`,
    `            ${JSON.stringify(path)},`,
    `            parameters=${pairs(pathFields.map(({ name }) => name))},`,
    `            query=${pairs(queryFields.map(({ name }) => name))},`,
    `            body=${body === undefined ? "None" : "body"},`,
    `            if_match=${operation.takesIfMatch ? "if_match" : "None"},`,
    `            idempotency_key=${operation.takesIdempotencyKey ? "self._key(idempotency_key)" : "None"},`,
    `            answer=${JSON.stringify(typeof answer === "string" ? answer : "json")},`,
    "        )",
    "",
  ];
  return lines.join("\n");
}

const KEYWORDS: ReadonlySet<string> = new Set([
  "from",
  "in",
  "is",
  "class",
  "global",
  "pass",
  "not",
  "import",
  "lambda",
]);

function argument(name: string): string {
  const snake = snakeCase(name);
  return KEYWORDS.has(snake) ? `${snake}_` : snake;
}
