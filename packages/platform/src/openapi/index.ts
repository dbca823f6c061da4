export { addDocs } from "./addDocs.ts";
export { createOpenApiDocument, type DocumentedApi } from "./createOpenApiDocument.ts";
export { docsPage } from "./docsPage.ts";
export { exampleOf } from "./exampleOf.ts";
export type { OpenApiDocument, Operation } from "./OpenApiDocument.ts";
