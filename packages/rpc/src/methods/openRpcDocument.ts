import type { MethodTerms } from "./MethodTerms.ts";
import { NOT_SERVED } from "./notServed.ts";

/**
 * OpenRPC 1.3 of some methods. Results are described by Ethereum's own document, which they follow; `x-not-served`
 * names the methods of Ethereum that no Trellis node has.
 */
export function openRpcDocument(methods: readonly MethodTerms[], version: string): object {
  return {
    openrpc: "1.3.2",
    info: { title: "Trellis JSON-RPC", version },
    methods: methods.map(({ name, summary, params }) => ({
      name,
      summary,
      paramStructure: "by-position",
      params: params.map((parameter) => ({
        name: parameter.name,
        required: parameter.isRequired,
        schema: parameter.schema,
      })),
      result: { name: "result", schema: {} },
    })),
    "x-not-served": NOT_SERVED,
  };
}
