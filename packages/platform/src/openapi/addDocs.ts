import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { addEntityTags } from "../http/entityTags.ts";
import { fileDescriptor } from "../http/protobuf/fileDescriptor.ts";
import { protoFile } from "../http/protobuf/protoFile.ts";
import type { Route } from "../http/route.ts";
import { createWireSchemas } from "../http/wireSchemas.ts";
import { createOpenApiDocument, type DocumentedApi } from "./createOpenApiDocument.ts";
import { docsPage, STYLE } from "./docsPage.ts";

/** The .proto file of an API's bodies and answers. */
export function protoText(packageName: string, routes: readonly Route[]): string {
  return protoFile(fileDescriptor(packageName, routes, createWireSchemas(routes)));
}

/** Serves an API's descriptions: `openapi.json`, `schema.proto` and `docs` below a prefix, without a login. */
export async function addDocs(
  server: FastifyInstance,
  prefix: string,
  api: DocumentedApi & { readonly packageName: string },
): Promise<void> {
  const document = createOpenApiDocument(api);
  const json = JSON.stringify(document);
  const page = docsPage(document);
  const proto = protoText(api.packageName, api.routes);
  const style = createHash("sha256").update(STYLE).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; frame-ancestors 'none'`;
  await server.register(async (scope) => {
    addEntityTags(scope);
    scope.get(`${prefix}/openapi.json`, (_request, reply) => reply.type("application/json").send(json));
    scope.get(`${prefix}/schema.proto`, (_request, reply) =>
      reply.type("text/plain; charset=utf-8").send(proto),
    );
    scope.get(`${prefix}/docs`, (_request, reply) =>
      reply.type("text/html; charset=utf-8").header("content-security-policy", policy).send(page),
    );
  });
}
