import type { OpenApiDocument, Operation } from "@trellis/platform/openapi";

function headOf(service: string): string {
  return `# REST API of the ${service} service

Served under \`/v1\` with its OpenAPI 3.1 document (\`/v1/openapi.json\`) and a page for people
(\`/v1/docs\`). Behind each route stand who may use it, the scope that a restricted key needs, and \`Idempotency-Key\` where a request without that
header is refused (a text of the sender's, the same for the same request that is sent again); customers see only what
is their own. Events come over WebSocket at \`/v1/events?after=POSITION\`.

This file is written by \`npm run check -- --write\` from the routes themselves.`;
}

/** docs/api/reserves.md and others. */
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
