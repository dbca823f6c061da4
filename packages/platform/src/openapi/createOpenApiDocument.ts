import { baseErrors } from "@trellis/base";
import { BODY_BYTES_MAX } from "../http/createServer.ts";
import { JSON_MEDIA_TYPE } from "../http/negotiation.ts";
import { PROBLEM_MEDIA_TYPE } from "../http/problem.ts";
import type { Route, RouteShape } from "../http/route.ts";
import { PLATFORM_STATUSES, type Statuses } from "../http/statuses.ts";
import { COMPONENT, createWireSchemas, type JsonSchema, type WireSchemas } from "../http/wireSchemas.ts";
import type { Answer, Content, OpenApiDocument, Operation, Parameter } from "./OpenApiDocument.ts";

export interface DocumentedApi {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly routes: readonly Route[];
  readonly statuses: Statuses;
}

/** @throws ARGUMENT_INVALID if an error code has no status */
export function createOpenApiDocument(api: DocumentedApi): OpenApiDocument {
  const schemas = createWireSchemas(api.routes);
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of api.routes) {
    const { path, method } = route.shape;
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(route, schemas, api.statuses) };
  }
  return {
    openapi: "3.1.1",
    info: { title: api.title, version: api.version, description: api.description },
    tags: Object.entries(api.tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: { ...schemas.components, Problem: PROBLEM_SCHEMA },
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "JWT of the identity provider, or API key (`trk_…`)",
        },
        signature: {
          type: "apiKey",
          in: "header",
          name: "Signature",
          description: "HTTP message signature (RFC 9421) with the key of a service",
        },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "__Host-trellis",
          description: "Session cookie of a browser login",
        },
      },
    },
  };
}

function operationOf(route: Route, schemas: WireSchemas, statuses: Statuses): Operation {
  const { shape } = route;
  const { access, description, body, upload, bodyBytesMax = BODY_BYTES_MAX } = shape;
  const hasBody = body !== undefined || upload !== undefined;
  const isPublic = access.kind === "public";
  return {
    operationId: shape.id,
    tags: [shape.tag],
    summary: shape.summary,
    ...(description === undefined ? {} : { description }),
    parameters: parametersOf(shape, schemas),
    ...(hasBody ? { requestBody: { required: true, content: bodyContent(route, schemas) } } : {}),
    responses: { [shape.answer.status]: answerOf(route, schemas), ...problemsOf(shape, statuses) },
    security: isPublic ? [] : [{ bearer: [] }, { signature: [] }, { session: [] }],
    ...(isPublic ? {} : { "x-access": { roles: access.roles, scope: access.scope, rows: access.rows } }),
    "x-cost": shape.cost ?? 1,
    ...(hasBody ? { "x-body-bytes-max": bodyBytesMax } : {}),
  };
}

function parametersOf(shape: RouteShape, schemas: WireSchemas): Parameter[] {
  const parameters: Parameter[] = [];
  for (const [place, part] of [
    ["path", shape.params],
    ["query", shape.query],
  ] as const) {
    if (part === undefined) continue;
    const { properties = {}, required = [] } = schemas.of(part);
    for (const [name, schema] of Object.entries(properties)) {
      const { description } = schema;
      const about = description === undefined ? {} : { description };
      parameters.push({ name, in: place, required: required.includes(name), ...about, schema });
    }
  }
  return [...parameters, ...headersOf(shape)];
}

function headersOf({ idempotency, precondition }: RouteShape): Parameter[] {
  const headers: Parameter[] = [];
  if (idempotency !== undefined) {
    const description = "A new random value for each request, the same one when it is repeated.";
    const schema = {
      type: "string",
      minLength: 1,
      maxLength: 128,
      pattern: "^[\\x21-\\x7e]+$",
      examples: ["7f3c0a51"],
    };
    headers.push({
      name: "Idempotency-Key",
      in: "header",
      required: idempotency === "required",
      description,
      schema,
    });
  }
  if (precondition !== undefined) {
    const description = "The ETag of the version that the change is based on.";
    headers.push({
      name: "If-Match",
      in: "header",
      required: true,
      description,
      schema: { type: "string", examples: ["*"] },
    });
  }
  return headers;
}

function bodyContent(route: Route, schemas: WireSchemas): Content {
  const { body, upload } = route.shape;
  if (upload !== undefined) {
    const { mediaType, description, example } = upload;
    return { [mediaType]: { schema: { type: "string", description, examples: [example] } } };
  }
  return body === undefined ? {} : { [JSON_MEDIA_TYPE]: { schema: schemas.of(body) } };
}

function answerOf(route: Route, schemas: WireSchemas): Answer {
  const { answer, method } = route.shape;
  const { description } = answer;
  const etag = { etag: { description: "version of the response", schema: { type: "string" } } };
  const headers = method === "GET" ? { headers: etag } : {};
  if ("schema" in answer) {
    return { description, ...headers, content: { [JSON_MEDIA_TYPE]: { schema: schemas.of(answer.schema) } } };
  }
  if ("mediaType" in answer) {
    return {
      description,
      ...headers,
      content: Object.fromEntries(
        [answer.mediaType, ...(answer.otherTypes ?? [])].map((type) => [
          type,
          { schema: { type: "string", format: "binary" } },
        ]),
      ),
    };
  }
  return { description };
}

function problemsOf(shape: RouteShape, statuses: Statuses): Record<string, Answer> {
  const byStatus = Map.groupBy(codesOf(shape), (code) => statusOfCode(code, shape, statuses));
  const sorted = [...byStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries(
    sorted.map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `\`${code}\``).join(", "),
        content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: `${COMPONENT}Problem` } } },
        "x-codes": codes,
      },
    ]),
  );
}

function codesOf(shape: RouteShape): string[] {
  const { access, answer, params, query, idempotency, precondition } = shape;
  const body = shape.body ?? shape.upload;
  const isPersonal =
    access.kind === "protected" && access.roles.includes("customer") && access.rows !== "notPersonal";
  return [
    ...new Set([
      ...shape.errors,
      "REQUEST_INVALID",
      ...(params === undefined && query === undefined && body === undefined ? [] : ["REQUEST_MALFORMED"]),
      ...(body === undefined ? [] : ["BODY_MALFORMED", "REQUEST_BODY_TOO_LARGE", "MEDIA_TYPE_UNSUPPORTED"]),
      ...("status" in answer && answer.status === 204 ? [] : ["NOT_ACCEPTABLE"]),
      ...(access.kind === "public" ? [] : PROTECTED_CODES),
      ...(isPersonal ? ["ROW_FORBIDDEN"] : []),
      ...(idempotency === undefined
        ? []
        : ["IDEMPOTENCY_KEY_INVALID", "IDEMPOTENCY_KEY_REUSED", "IDEMPOTENCY_IN_PROGRESS"]),
      ...(precondition === undefined ? [] : ["PRECONDITION_MISSING", "PRECONDITION_FAILED"]),
      "RATE_LIMITED",
      "OVERLOADED",
      "REQUEST_TIMEOUT",
      "INTERNAL",
    ]),
  ];
}

const PROTECTED_CODES = [
  "AUTHENTICATION_MISSING",
  ...Object.keys(PLATFORM_STATUSES).filter(
    (code) => /^(?:TOKEN|API_KEY|SIGNATURE)_/.test(code) && PLATFORM_STATUSES[code] === 401,
  ),
  "ROLE_FORBIDDEN",
  "SCOPE_FORBIDDEN",
];

function statusOfCode(code: string, { id }: RouteShape, statuses: Statuses): number {
  const status = statuses[code] ?? PLATFORM_STATUSES[code];
  if (status === undefined)
    throw baseErrors.ARGUMENT_INVALID({ rule: "every code of a route has a status", route: id, code });
  return status;
}

const text: JsonSchema = { type: "string" };
const PROBLEM_SCHEMA: JsonSchema = {
  description: "Problem details (RFC 9457). Programs decide by `code`.",
  type: "object",
  required: ["type", "title", "status", "code", "detail", "hint", "consequence", "facts", "correlationId"],
  properties: {
    type: { ...text, description: "urn:trellis:error: followed by the code" },
    title: text,
    status: { type: "integer" },
    code: text,
    detail: { ...text, description: "explanation of the problem" },
    hint: { ...text, description: "how to resolve it" },
    consequence: { type: "string", enum: ["retry", "reject", "ignore", "penalise", "fatal"] },
    facts: { type: "object", additionalProperties: true },
    correlationId: { ...text, description: "identifies the request in the logs of the service" },
    issues: {
      type: "array",
      items: {
        type: "object",
        required: ["pointer", "reason"],
        properties: {
          pointer: { ...text, description: "JSON Pointer below body, query or path" },
          reason: text,
        },
      },
    },
  },
};
