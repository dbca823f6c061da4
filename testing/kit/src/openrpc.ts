import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";

export const OPENRPC_FILE = join("ethereum", "openrpc.json");

export interface OpenRpcValidator {
  readonly methods: ReadonlySet<string>;
  check(method: string, result: unknown): readonly string[] | undefined;
}

interface Schema {
  readonly title?: string;
  readonly [keyword: string]: unknown;
}

interface OpenRpcDocument {
  readonly methods: readonly { readonly name: string; readonly result: { readonly schema: Schema } }[];
}

/** Limits the output: each failed alternative (`anyOf`) reports an error. */
const ERRORS_SHOWN_MAX = 12;

export function createOpenRpcValidator(vectorsDir: string): OpenRpcValidator {
  const document = JSON.parse(readFileSync(join(vectorsDir, OPENRPC_FILE), "utf8")) as OpenRpcDocument;
  const schemas = new Map(document.methods.map(({ name, result }) => [name, result.schema]));
  const ajv = new Ajv({ strict: false, allErrors: false, validateFormats: false });
  const compiled = new Map<string, ValidateFunction>();

  const validatorOf = (method: string): ValidateFunction | undefined => {
    const schema = schemas.get(method);
    if (schema === undefined) return undefined;
    const known = compiled.get(method) ?? ajv.compile(widened(schema) as object);
    compiled.set(method, known);
    return known;
  };

  return {
    methods: new Set(schemas.keys()),
    check(method, result) {
      const validate = validatorOf(method);
      if (validate === undefined) return undefined;
      if (validate(result)) return [];
      return (validate.errors ?? [])
        .slice(0, ERRORS_SHOWN_MAX)
        .map(
          ({ instancePath, message, params }) =>
            `${instancePath || "/"} ${message} ${JSON.stringify(params)}`,
        );
    },
  };
}

/** Fields that are null in a pending transaction. */
const PLACE_FIELDS = ["blockHash", "blockNumber", "blockTimestamp", "transactionIndex"];

/**
 * Adapts Ethereum's document to existing clients and to Trellis:
 * - `oneOf` becomes `anyOf`: an empty list of logs is also an empty list of hashes;
 * - a pending transaction has no block;
 * - type 0x50 (key-agile) has the fields of type 2;
 * - `structLogs` must match the opcode tracer.
 */
function widened(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(widened);
  if (typeof node !== "object" || node === null) return node;
  const entries = Object.entries(node).map(([keyword, value]) => [keyword, widened(value)] as const);
  const schema: Record<string, unknown> = Object.fromEntries(
    entries.map(([keyword, value]) => [keyword === "oneOf" ? "anyOf" : keyword, value]),
  );
  const properties = schema.properties as Record<string, unknown> | undefined;
  switch (schema.title) {
    case "Transaction information":
      for (const field of PLACE_FIELDS)
        properties![field] = { anyOf: [{ type: "null" }, properties![field]] };
      break;
    case "Signed 1559 Transaction":
      properties!.type = { type: "string", pattern: "^0x(2|50)$" };
      break;
    case "Transaction trace result": {
      const [opcodeTrace] = schema.anyOf as unknown[];
      return { anyOf: [opcodeTrace, { not: { required: ["structLogs"] } }] };
    }
  }
  return schema;
}
