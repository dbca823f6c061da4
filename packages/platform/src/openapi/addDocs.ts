import { createHash } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { addEntityTags } from "../http/entityTags.ts";
import { createOpenApiDocument, type DocumentedApi } from "./createOpenApiDocument.ts";
import { docsPage, STYLE } from "./docsPage.ts";

export async function addDocs(server: FastifyInstance, prefix: string, api: DocumentedApi): Promise<void> {
  const document = createOpenApiDocument(api);
  const json = JSON.stringify(document);
  const page = docsPage(document);
  const style = createHash("sha256").update(STYLE).digest("base64");
  const policy = `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; frame-ancestors 'none'`;
  await server.register(async (scope) => {
    addEntityTags(scope);
    scope.get(`${prefix}/openapi.json`, (_request, reply) => reply.type("application/json").send(json));
    scope.get(`${prefix}/docs`, (_request, reply) =>
      reply.type("text/html; charset=utf-8").header("content-security-policy", policy).send(page),
    );
  });
}
