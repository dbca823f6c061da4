import { componentName, type JsonSchema } from "../http/wireSchemas.ts";
import { type Components, exampleOf } from "../openapi/exampleOf.ts";
import type { OpenApiDocument, Operation, Parameter } from "../openapi/OpenApiDocument.ts";

export type Actor =
  | { readonly kind: "nobody" }
  | { readonly kind: "role"; readonly role: string }
  | { readonly kind: "stranger" }
  | { readonly kind: "unscoped"; readonly role: string };

export interface ContractCase {
  readonly name: string;
  readonly operationId: string;
  readonly actor: Actor;
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  /** Undefined: any except 5xx. */
  readonly expected: { readonly status: number; readonly code?: string } | undefined;
}

const ROLES = ["admin", "operator", "auditor", "viewer", "customer"];

const INJECTIONS = [
  "'; DROP TABLE entries; --",
  '" OR 1=1 --',
  "<script>alert(1)</script>",
  "{{7*7}}#{7*7}",
  "$(id)`id`",
  "../../../../etc/passwd",
  "%s%n%x",
  "\u0000",
  "\ud800",
  "\u202e\ufeff",
  "__proto__",
  "constructor",
];

export function contractCases(document: OpenApiDocument): ContractCase[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) =>
      casesOf({ path, method: method.toUpperCase(), operation, components: document.components.schemas }),
    ),
  );
}

interface Subject {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
  readonly components: Components;
}

function casesOf(subject: Subject): ContractCase[] {
  return [
    validCase(subject),
    ...accessCases(subject),
    ...parameterCases(subject),
    ...bodyCases(subject),
    ...injectionCases(subject),
  ];
}

interface Change {
  readonly actor?: Actor;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly withoutHeader?: string;
  readonly body?: unknown;
  readonly rawBody?: Uint8Array;
}

function caseOf(
  subject: Subject,
  name: string,
  change: Change,
  expected: ContractCase["expected"],
): ContractCase {
  const { path, method, operation, components } = subject;
  const headers: Record<string, string> = {};
  let target = path;
  for (const parameter of operation.parameters) {
    const text = change.parameters?.[parameter.name] ?? String(exampleOf(parameter.schema, components));
    if (parameter.in === "path") target = target.replace(`{${parameter.name}}`, encodeText(text));
    if (parameter.in === "header" && parameter.required && parameter.name !== change.withoutHeader) {
      headers[parameter.name.toLowerCase()] = uniqueKey(parameter, subject, name);
    }
  }
  const query = change.query ?? requiredQuery(subject, change);
  const body = bodyOf(subject, change);
  if (body !== undefined) headers["content-type"] = mediaTypeOf(operation) ?? "application/json";
  return {
    name: `${operation.operationId}: ${name}`,
    operationId: operation.operationId,
    actor: change.actor ?? rightActor(operation),
    method,
    target: query === "" ? target : `${target}?${query}`,
    headers: { ...headers, ...change.headers },
    body,
    expected,
  };
}

function uniqueKey({ name, schema }: Parameter, { operation, components }: Subject, of: string): string {
  if (name !== "Idempotency-Key") return String(exampleOf(schema, components));
  return `${operation.operationId}-${Buffer.from(of).toString("base64url").slice(0, 90)}`;
}

function requiredQuery({ operation, components }: Subject, { parameters = {} }: Change): string {
  const given = operation.parameters.filter(
    ({ in: place, name, required }) => place === "query" && (required || name in parameters),
  );
  return given
    .map(
      ({ name, schema }) =>
        `${name}=${encodeText(parameters[name] ?? String(exampleOf(schema, components)))}`,
    )
    .join("&");
}

function bodyOf({ operation, components }: Subject, change: Change): Uint8Array | undefined {
  if (change.rawBody !== undefined) return change.rawBody;
  const upload = uploadSchema(operation);
  if (upload !== undefined) return Buffer.from(String(exampleOf(upload, components)));
  const schema = operation.requestBody?.content["application/json"]?.schema;
  if (schema === undefined) return undefined;
  return Buffer.from(JSON.stringify("body" in change ? change.body : exampleOf(schema, components)));
}

function mediaTypeOf({ requestBody }: Operation): string | undefined {
  return Object.keys(requestBody?.content ?? {})[0];
}

function uploadSchema({ requestBody }: Operation): JsonSchema | undefined {
  return Object.entries(requestBody?.content ?? {}).find(([type]) => type.startsWith("text/"))?.[1].schema;
}

function encodeText(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

function rightActor({ "x-access": access }: Operation): Actor {
  const [role] = access?.roles ?? [];
  return role === undefined ? { kind: "nobody" } : { kind: "role", role };
}

function validCase(subject: Subject): ContractCase {
  const [status] = Object.keys(subject.operation.responses);
  return caseOf(subject, "valid", {}, { status: Number(status) });
}

function accessCases(subject: Subject): ContractCase[] {
  const { "x-access": access } = subject.operation;
  if (access === undefined) return [];
  const [role = ""] = access.roles;
  const others = ROLES.filter((other) => !access.roles.includes(other));
  return [
    caseOf(
      subject,
      "unauthorised",
      { actor: { kind: "nobody" } },
      { status: 401, code: "AUTHENTICATION_MISSING" },
    ),
    caseOf(
      subject,
      "a forged token",
      { actor: { kind: "nobody" }, headers: { authorization: "Bearer a.b.c" } },
      { status: 401 },
    ),
    caseOf(
      subject,
      "without the scope",
      { actor: { kind: "unscoped", role } },
      { status: 403, code: "SCOPE_FORBIDDEN" },
    ),
    ...others.map((other) =>
      caseOf(
        subject,
        `as ${other}`,
        { actor: { kind: "role", role: other } },
        { status: 403, code: "ROLE_FORBIDDEN" },
      ),
    ),
    ...(access.rows === "ofParam" && access.roles.includes("customer")
      ? [
          caseOf(
            subject,
            "of another customer",
            { actor: { kind: "stranger" } },
            { status: 403, code: "ROW_FORBIDDEN" },
          ),
        ]
      : []),
  ];
}

function parameterCases(subject: Subject): ContractCase[] {
  const { operation } = subject;
  const cases = [
    caseOf(
      subject,
      "an unknown parameter",
      { query: "unknownParameter=1" },
      { status: 400, code: "REQUEST_INVALID" },
    ),
  ];
  for (const { name, in: place, schema, required } of operation.parameters) {
    if (place === "query" && (schema.type === "integer" || schema.enum !== undefined)) {
      cases.push(
        caseOf(subject, `a wrong ${name}`, { query: `${name}=@` }, { status: 400, code: "REQUEST_INVALID" }),
      );
    }
    if (place === "header" && required) {
      cases.push(
        caseOf(
          subject,
          `without ${name}`,
          { withoutHeader: name },
          { status: name === "If-Match" ? 428 : 400 },
        ),
      );
    }
  }
  if ("404" in operation.responses && operation.parameters.some(({ in: place }) => place === "path")) {
    cases.push(notFoundCase(subject));
  }
  if ("406" in operation.responses) {
    cases.push(
      caseOf(
        subject,
        "not acceptable",
        { headers: { accept: "image/png" } },
        { status: 406, code: "NOT_ACCEPTABLE" },
      ),
    );
  }
  return cases;
}

function notFoundCase(subject: Subject): ContractCase {
  const { operation, components } = subject;
  const inPath = operation.parameters.filter(({ in: place }) => place === "path");
  const last = inPath.at(-1);
  const missing = last === undefined ? {} : { [last.name]: missingValue(last.schema, components) };
  return caseOf(subject, "not found", { parameters: missing }, { status: 404 });
}

function missingValue(schema: JsonSchema, components: Components): string {
  const resolved = schema.$ref === undefined ? schema : (components[componentName(schema.$ref)] ?? {});
  return String(resolved.examples?.[1] ?? "missing");
}

function bodyCases(subject: Subject): ContractCase[] {
  const { operation, components } = subject;
  if (uploadSchema(operation) !== undefined) return anyBodyCases(subject);
  const schema = operation.requestBody?.content["application/json"]?.schema;
  if (schema === undefined) return [];
  const resolved = schema.$ref === undefined ? schema : (components[componentName(schema.$ref)] ?? {});
  const example = exampleOf(schema, components) as Record<string, unknown>;
  const invalid = { status: 400, code: "REQUEST_INVALID" };
  const cases = [
    caseOf(subject, "an unknown field", { body: { ...example, unknownField: 1 } }, invalid),
    caseOf(subject, "a list as body", { body: [] }, invalid),
    caseOf(subject, "not JSON", { rawBody: Buffer.from("{") }, { status: 400, code: "BODY_MALFORMED" }),
    ...anyBodyCases(subject),
  ];
  for (const [name, property] of Object.entries(resolved.properties ?? {})) {
    const { [name]: _, ...without } = example;
    const takesAnything = Object.keys(property).every((keyword) => ANNOTATIONS.has(keyword));
    if (!takesAnything)
      cases.push(caseOf(subject, `a wrong ${name}`, { body: { ...example, [name]: [[]] } }, invalid));
    if (resolved.required?.includes(name))
      cases.push(caseOf(subject, `without ${name}`, { body: without }, invalid));
  }
  return cases;
}

function anyBodyCases(subject: Subject): ContractCase[] {
  const bytesMax = subject.operation["x-body-bytes-max"] ?? 0;
  return [
    caseOf(subject, "no body", { rawBody: Buffer.alloc(0) }, { status: 400, code: "BODY_MALFORMED" }),
    caseOf(
      subject,
      "another media type",
      { headers: { "content-type": "text/xml" } },
      { status: 415, code: "MEDIA_TYPE_UNSUPPORTED" },
    ),
    caseOf(
      subject,
      "oversized",
      { rawBody: Buffer.alloc(bytesMax + 1, " ") },
      { status: 413, code: "REQUEST_BODY_TOO_LARGE" },
    ),
  ];
}

const ANNOTATIONS: ReadonlySet<string> = new Set(["description", "title", "examples", "default"]);

function injectionCases(subject: Subject): ContractCase[] {
  const { operation, components } = subject;
  const schema = operation.requestBody?.content["application/json"]?.schema;
  const texts = operation.parameters.filter(({ in: place }) => place !== "header").map(({ name }) => name);
  return INJECTIONS.flatMap((injection) => [
    ...texts.map((name) =>
      caseOf(
        subject,
        `${JSON.stringify(injection)} as ${name}`,
        { parameters: { [name]: injection } },
        undefined,
      ),
    ),
    ...(schema === undefined
      ? []
      : injected(exampleOf(schema, components), injection).map((body, index) =>
          caseOf(subject, `${JSON.stringify(injection)} in text ${index}`, { body }, undefined),
        )),
  ]);
}

function injected(value: unknown, injection: string): unknown[] {
  if (typeof value === "string") return [injection];
  if (Array.isArray(value)) {
    return value.flatMap((item, index) =>
      injected(item, injection).map((changed) => value.with(index, changed)),
    );
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) =>
    injected(part, injection).map((changed) => ({ ...value, [name]: changed })),
  );
}
