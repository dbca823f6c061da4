import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";

/** Where the Ethereum OpenRPC document lies within the vectors. */
export const OPENRPC_FILE = join("ethereum", "openrpc.json");

export interface OpenRpcValidator {
  /** Methods that the document describes. */
  readonly methods: ReadonlySet<string>;
  /** What is wrong with a result; empty if nothing is, undefined if the document does not describe the method. */
  check(method: string, result: unknown): readonly string[] | undefined;
}

interface Schema {
  readonly title?: string;
  readonly [keyword: string]: unknown;
}

interface OpenRpcDocument {
  readonly methods: readonly { readonly name: string; readonly result: { readonly schema: Schema } }[];
}

/** More errors of one result repeat the first: every alternative that did not fit reports its own. */
const ERRORS_SHOWN_MAX = 12;

/**
 * Checks results of JSON-RPC calls against the Ethereum OpenRPC document, which comes with its references resolved.
 * @param vectorsDir the root of the vectors
 */
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

/** Where a transaction stands; geth answers null for one that waits, and so does every client. */
const PLACE_FIELDS = ["blockHash", "blockNumber", "blockTimestamp", "transactionIndex"];

/**
 * The document where it is narrower than what every client answers, wider than it says, or silent about Trellis:
 * - `oneOf` becomes `anyOf`: an empty list of logs is an empty list of hashes as well;
 * - a transaction that waits has no place;
 * - type 0x50 (key-agile) has the fields of type 2;
 * - a trace with `structLogs` must be the opcode tracer's: beside it the document admits anything.
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
