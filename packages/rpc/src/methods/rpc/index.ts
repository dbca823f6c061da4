import { defineMethod } from "../Method.ts";
import { openRpcDocument } from "../openRpcDocument.ts";

export const rpcMethods = [
  defineMethod({
    name: "rpc_modules",
    summary: "The namespaces that this server answers.",
    handle: ({ methods }) =>
      Object.fromEntries(
        [...new Set([...methods.keys()].map(namespaceOf))].sort().map((name) => [name, "1.0"]),
      ),
  }),
  defineMethod({
    name: "rpc.discover",
    summary: "This server's methods as an OpenRPC document.",
    handle: ({ methods, clientVersion }) => openRpcDocument([...methods.values()], clientVersion),
  }),
];

function namespaceOf(method: string): string {
  return method.split(/[_.]/)[0]!;
}
