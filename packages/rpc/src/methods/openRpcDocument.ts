import type { MethodDeclaration } from "./MethodDeclaration.ts";
import { NOT_SERVED } from "./notServed.ts";

/** OpenRPC 1.3. `x-not-served` lists missing Ethereum methods. */
export function openRpcDocument(methods: readonly MethodDeclaration[], version: string): object {
  return {
    openrpc: "1.3.2",
    info: { title: "Trellis JSON-RPC", version },
    methods: methods.map(({ name, summary, params, weight }) => ({
      name,
      summary,
      paramStructure: "by-position",
      params: params.map((parameter) => ({
        name: parameter.name,
        required: parameter.isRequired,
        schema: parameter.schema,
      })),
      result: { name: "result", schema: {} },
      "x-weight": weight,
    })),
    "x-not-served": NOT_SERVED,
  };
}
