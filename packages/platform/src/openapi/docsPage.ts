import type { JsonSchema } from "../http/wireSchemas.ts";
import { exampleOf } from "./exampleOf.ts";
import type { OpenApiDocument, Operation } from "./OpenApiDocument.ts";

export function docsPage(document: OpenApiDocument): string {
  const { info, tags } = document;
  const operations = Object.entries(document.paths).flatMap(([path, own]) =>
    Object.entries(own).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const groups = tags.map(({ name, description = "" }) => ({
    name,
    description,
    own: operations.filter(({ operation }) => operation.tags.includes(name)),
  }));
  const index = groups.map(
    ({ name, own }) =>
      `<li><a href="#${escaped(name)}">${escaped(name)}</a> <small>${own.length}</small></li>`,
  );
  const sections = groups.map(
    ({ name, description, own }) =>
      `<section id="${escaped(name)}"><h2>${escaped(name)}</h2><p>${escaped(description)}</p>${own
        .map((one) => operationHtml(one, document))
        .join("")}</section>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(info.title)}</title><style>${STYLE}</style></head><body>
<nav><h1>${escaped(info.title)}</h1><p>Version ${escaped(info.version)}</p><ul>${index.join("")}</ul>
<p><a href="openapi.json">OpenAPI 3.1</a></p></nav>
<main><p>${codeMarks(info.description)}</p>${sections.join("")}
<section id="problem"><h2>Problem</h2><p>What every error looks like.</p>${schemaHtml(
    document.components.schemas.Problem ?? {},
    document,
  )}</section></main></body></html>`;
}

interface Shown {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

function operationHtml({ path, method, operation }: Shown, document: OpenApiDocument): string {
  const { "x-access": access, parameters, requestBody, responses } = operation;
  const who =
    access === undefined
      ? "everyone"
      : `${access.roles.join(", ")} · scope <code>${escaped(access.scope)}</code>${access.rows === "notPersonal" ? "" : " · customers: their own"}`;
  const rows = parameters.map(
    ({ name, in: place, required, schema, description = "" }) =>
      `<tr><td><code>${escaped(name)}</code>${required ? " *" : ""}</td><td>${place}</td><td>${typeText(schema)}</td><td>${escaped(description)}</td></tr>`,
  );
  const body = requestBody?.content["application/json"]?.schema;
  const answers = Object.entries(responses).map(([status, { description, content }]) => {
    const schema = content?.["application/json"]?.schema;
    return `<tr><td>${status}</td><td>${codeMarks(description)}${schema === undefined ? "" : schemaHtml(schema, document)}</td></tr>`;
  });
  return `<details id="${escaped(operation.operationId)}"><summary><b class="${method}">${method}</b> <code>${escaped(path)}</code> ${escaped(operation.summary)}</summary>
<p>${codeMarks(operation.description ?? "")}</p><p>For ${who}. Cost ${operation["x-cost"]}.</p>
${rows.length === 0 ? "" : `<table>${rows.join("")}</table>`}
${body === undefined ? "" : `<h4>Body</h4>${schemaHtml(body, document)}`}
<h4>Answers</h4><table>${answers.join("")}</table></details>`;
}

function schemaHtml(schema: JsonSchema, { components }: OpenApiDocument): string {
  const example = JSON.stringify(exampleOf(schema, components.schemas), null, 2);
  return `<pre>${escaped(example)}</pre>`;
}

function typeText(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return escaped(schema.$ref.split("/").at(-1) ?? "");
  if (schema.enum !== undefined)
    return schema.enum.map((value) => `<code>${escaped(String(value))}</code>`).join(" ");
  return escaped([schema.type].flat().join(" or "));
}

function codeMarks(text: string): string {
  return escaped(text).replaceAll(/`([^`]*)`/g, "<code>$1</code>");
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

export const STYLE = `:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}body{margin:0;display:flex}
nav{position:sticky;top:0;height:100vh;overflow:auto;min-width:13rem;padding:1rem 1.5rem;box-sizing:border-box;border-right:1px solid #8884}
nav h1{font-size:1.1rem}nav ul{list-style:none;padding:0}main{flex:1;min-width:0;max-width:60rem;padding:1rem 2rem}
details{border:1px solid #8884;border-radius:6px;margin:.4rem 0;padding:.4rem .8rem}summary{cursor:pointer}
summary b{display:inline-block;width:4.2rem}.GET{color:#2a7}.POST{color:#37c}.PUT,.PATCH{color:#b70}.DELETE{color:#c33}
table{border-collapse:collapse;width:100%}td{border-top:1px solid #8883;padding:.25rem .5rem;vertical-align:top}
pre{background:#8881;padding:.6rem;overflow:auto;border-radius:4px}code{font-size:.92em}a{color:inherit}
@media(max-width:50rem){body{display:block}nav{position:static;height:auto;border-right:0}}`;
