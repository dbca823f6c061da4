import { isServedTo } from "../../guards/localProgram.ts";
import type { RpcNode } from "../../RpcNode.ts";
import type { Session } from "../../Session.ts";
import { defineMethod } from "../Method.ts";
import type { MethodDeclaration } from "../MethodDeclaration.ts";
import { openRpcDocument } from "../openRpcDocument.ts";

export const rpcMethods = [
  defineMethod({
    name: "rpc_modules",
    summary: "Returns the namespaces of this server.",
    handle: (node, _, session) =>
      Object.fromEntries(
        [...new Set(servedTo(session, node).map(({ name }) => namespaceOf(name)))]
          .sort()
          .map((name) => [name, "1.0"]),
      ),
  }),
  defineMethod({
    name: "rpc.discover",
    summary: "Returns the methods of this server as an OpenRPC document.",
    handle: (node, _, session) => openRpcDocument(servedTo(session, node), node.clientVersion),
  }),
];

function servedTo(session: Session, { methods }: Pick<RpcNode, "methods">): MethodDeclaration[] {
  const { caller } = session;
  return [...methods.values()].filter(
    (method) => isServedTo(session, method) && caller?.mayCall(method.name) !== false,
  );
}

function namespaceOf(method: string): string {
  return method.split(/[_.]/)[0]!;
}
