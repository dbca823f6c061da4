import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ErrorObject, type SchemaObject } from "ajv";
import { KINDS, OPERATOR_KINDS } from "./kinds.ts";
import type { Manifest } from "./Manifest.ts";

export const VERSIONS = ["1.33", "1.34", "1.36"];

/** Types of a Kubernetes version by name; `writeSchemas.ts` writes them, one line per type. */
type Validate = (manifest: Manifest) => string[];
const validators = new Map<string, Validate>();

/** Problems of a manifest in each version of Kubernetes, unknown fields included. */
export function schemaProblems(manifest: Manifest): string[] {
  const found = new Map<string, string[]>();
  for (const version of VERSIONS) {
    for (const problem of validatorOf(version)(manifest))
      found.set(problem, [...(found.get(problem) ?? []), version]);
  }
  return [...found].map(([problem, versions]) =>
    versions.length === VERSIONS.length ? problem : `${problem} (Kubernetes ${versions.join(", ")})`,
  );
}

function validatorOf(version: string): Validate {
  const known = validators.get(version);
  if (known !== undefined) return known;
  const ajv = new Ajv({ allErrors: true, strict: false });
  ajv.addSchema({ $id: "types", definitions: { ...typesIn("prometheus-operator"), ...typesIn(version) } });
  const validate: Validate = (manifest) => {
    const name = `${manifest.apiVersion} ${manifest.kind}`;
    const type = KINDS[name] ?? OPERATOR_KINDS[name];
    if (type === undefined) return [`no schema of ${name}`];
    const check = ajv.getSchema(`types#/definitions/${type}`)!;
    return check(manifest) === true ? [] : [...new Set(check.errors!.map(textOf))];
  };
  validators.set(version, validate);
  return validate;
}

function textOf({ instancePath, message, params }: ErrorObject): string {
  const unknown = "additionalProperty" in params ? `: ${params.additionalProperty}` : "";
  return `${instancePath}: ${message}${unknown}`;
}

function typesIn(name: string): Record<string, SchemaObject> {
  const text = readFileSync(join(import.meta.dirname, "schemas", `${name}.txt`), "utf8");
  return Object.fromEntries(
    text
      .trim()
      .split("\n")
      .map((line) => {
        const [, type, body] = /^(\w+) (?:\{ (.*) \}|= .*)$/.exec(line)!;
        return [type!, body === undefined ? schemaOf(line.slice(line.indexOf("= ") + 2)) : objectOf(body)];
      }),
  );
}

function objectOf(body: string): SchemaObject {
  const fields = body.split("; ").map((field) => /^([\w$]+)(!?): (.+)$/.exec(field)!);
  const properties = Object.fromEntries(fields.map(([, name, , type]) => [name!, schemaOf(type!)]));
  const required = fields.filter(([, , mark]) => mark === "!").map(([, name]) => name!);
  return { type: "object", additionalProperties: false, properties, required };
}

function schemaOf(type: string): SchemaObject {
  if (type.endsWith("[]")) return { type: "array", items: schemaOf(type.slice(0, -2)) };
  if (type.endsWith("{}")) return { type: "object", additionalProperties: schemaOf(type.slice(0, -2)) };
  if (type.startsWith('"')) return { enum: type.split("|").map((each) => JSON.parse(each)) };
  if (type === "any") return {};
  if (type === "IntOrString") return { type: ["integer", "string"] };
  if (type === "ObjectMeta" || type === "LabelSelector") return { $ref: `#/definitions/V1${type}` };
  return /^[a-z]+$/.test(type) ? { type } : { $ref: `#/definitions/${type}` };
}
