import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KINDS, OPERATOR_KINDS } from "./kinds.ts";

/** The official client's types of a Kubernetes version, and those of the Prometheus operator. */
const SOURCES = [
  { name: "1.33", package: "@kubernetes/client-node@1.3.0", kinds: KINDS },
  { name: "1.34", package: "@kubernetes/client-node@1.4.0", kinds: KINDS },
  { name: "1.36", package: "@kubernetes/client-node@2.0.1", kinds: KINDS },
  {
    name: "prometheus-operator",
    package: "@kubernetes-models/prometheus-operator@6.0.0",
    kinds: OPERATOR_KINDS,
  },
];

const FIELD = /^ {4}(['"])_?(\w+|\$\w+)\1(\?)?: ((?:\{[^}]*\}|[^;{])+);$/gm;
/** Types of other packages, which the official client describes. */
const FOREIGN = ["LabelSelector", "ObjectMeta"];
/** Prefixes of the operator's types. */
const SHORT = /^I(?:IoK8s|ComGithub)\w*?(?:MetaV1|IntstrInt|CoreV1|MonitoringV1|Intstr)/;

/** Writes the schemas beside this file, from the packages that npm fetches. One line per type. */
for (const source of SOURCES) {
  const folder = mkdtempSync(join(tmpdir(), "trellis-schemas-"));
  execFileSync("npm", ["pack", "--silent", "--ignore-scripts", source.package], { cwd: folder });
  execFileSync("sh", ["-c", "tar xzf *.tgz"], { cwd: folder });
  const lines = describe(join(folder, "package"), source);
  writeFileSync(join(import.meta.dirname, "schemas", `${source.name}.txt`), `${lines.join("\n")}\n`);
  rmSync(folder, { recursive: true });
}

/** The types of the kinds, and all types that they refer to. */
function describe(folder: string, { package: name, kinds }: (typeof SOURCES)[number]): string[] {
  const isOperator = name.includes("operator");
  const models = join(folder, isOperator ? "monitoring.coreos.com/v1" : "dist/gen/models");
  const lines = new Map<string, string>(isOperator ? FOREIGN.map((type) => [type, ""]) : []);
  const waiting = Object.values(kinds);
  for (let type = waiting.shift(); type !== undefined; type = waiting.shift()) {
    if (lines.has(type)) continue;
    const text = readFileSync(join(models, `${type}.d.ts`), "utf8");
    const line = `${type} ${bodyOf(text)}`;
    lines.set(type, line);
    const referred = line.replace(/"[^"]*"/g, "").matchAll(/[:=] ([A-Z]\w+)/g);
    waiting.push(...[...referred].map(([, each]) => each!).filter((each) => each !== "IntOrString"));
  }
  return [...lines.values()].filter((line) => line !== "").sort();
}

/** Of an interface of the operator, its class below repeats the fields. */
function bodyOf(text: string): string {
  const alias = /export type I\w+ = ([^;]+);/.exec(text)?.[1];
  const fields = [...text.replace(/(?<=interface.*)export declare class.*/s, "").matchAll(FIELD)]
    // A person never writes these.
    .filter(([, , field]) => field !== "status" && field !== "managedFields")
    .map(([, , field, optional, form]) => `${field}${optional === undefined ? "!" : ""}: ${formOf(form!)}`);
  if (fields.length > 0) return `{ ${fields.join("; ")} }`;
  if (alias === undefined) throw new Error("a type without fields");
  return `= ${formOf(alias)}`;
}

/** `Array<V1Container>` is `V1Container[]`, and a map of strings is `string{}`. */
function formOf(type: string): string {
  const text = type.replace(/\s+/g, " ").trim();
  const list = /^Array<(.*)>$/.exec(text)?.[1] ?? /^\(?(.*?)\)?\[\]$/.exec(text)?.[1];
  if (list !== undefined) return `${formOf(list)}[]`;
  const map = /^\{ \[key: string\]: (.*?);? \}$/.exec(text)?.[1];
  if (map !== undefined) return `${formOf(map)}{}`;
  if (text === "Date" || text === "V1MicroTime") return "string";
  if (["any", "object", "Record<string, unknown>"].includes(text)) return "any";
  if (text.startsWith('"')) return text.replaceAll(" | ", "|");
  return text.replace(SHORT, "").replace(/^OrString$/, "IntOrString");
}
