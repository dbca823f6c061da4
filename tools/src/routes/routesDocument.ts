import type { OpenApiDocument, Operation } from "@trellis/platform/openapi";

const EVENTS = " Events are sent over WebSocket at `/v1/events?after=POSITION`.";
/** Services without an event stream. */
const SILENT: ReadonlySet<string> = new Set(["backup"]);

function headOf(service: string): string {
  return `# REST API of the ${service} service

The API is served under \`/v1\`, with an OpenAPI 3.1 document at \`/v1/openapi.json\` and a documentation page at
\`/v1/docs\`. Brackets after a route name the roles that may use it, the scope of a restricted key, and
\`Idempotency-Key\` if that header is required: a text of the sender that stays the same when the request is repeated.
Customers access only their own data.${SILENT.has(service) ? "" : EVENTS}

\`npm run check -- --write\` generates this file from the routes.`;
}

/** Text of docs/api/reserves.md and similar documents. */
export function routesDocument(service: string, { tags, paths }: OpenApiDocument): string {
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      path,
      method: method.toUpperCase(),
      operation,
    })),
  );
  const sections = tags.map(({ name, description = "" }) => {
    const own = routes.filter(({ operation }) => operation.tags.includes(name));
    return [`## ${name}`, description, ...own.map(paragraph)].join("\n\n");
  });
  return [headOf(service), ...sections].join("\n\n");
}

interface Described {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

function paragraph({ path, method, operation }: Described): string {
  const { "x-access": access, summary, description, parameters } = operation;
  const who = access === undefined ? "everyone" : `${access.roles.join(", ")}; \`${access.scope}\``;
  const more = description === undefined ? "" : ` ${description}`;
  const headers = parameters.filter((one) => one.in === "header" && one.required);
  const needed = headers.map(({ name }) => `; \`${name}\``).join("");
  return `**${method} ${path}** (${who}${needed}): ${summary}.${more}`;
}
