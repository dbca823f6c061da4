import { LoadGate } from "../guards/LoadGate.ts";
import { CallMeter } from "../jsonrpc/CallMeter.ts";
import type { FromEngine } from "../jsonrpc/engine/messages.ts";
import { ServedEngine } from "../jsonrpc/engine/ServedEngine.ts";
import { MethodCalls } from "../jsonrpc/MethodCalls.ts";
import { methodsOf } from "../methods/allMethods.ts";
import type { RpcOptions } from "../options.ts";
import type { RpcNodePorts } from "../ports.ts";
import { createNode } from "./createNode.ts";

/** Roles whose methods need the sockets' thread, or the templates of all shards. */
const ELSEWHERE: ReadonlySet<string> = new Set(["admin", "dev", "mining"]);

/** In the thread of a shard. [RPC-33] */
export function serveEngine(
  options: RpcOptions,
  ports: RpcNodePorts,
  post: (message: FromEngine) => void,
): ServedEngine {
  const roles = engineRoles(options.roles);
  const node = createNode({ ...options, roles }, ports);
  const { log, metrics, trace } = ports;
  const calls = new MethodCalls(node, {
    methods: methodsOf(roles),
    gate: new LoadGate(node.limits.weightMax),
    meter: new CallMeter(metrics, node.methods.keys()),
    log,
    trace,
  });
  return new ServedEngine(calls, post);
}

export function engineRoles(roles: RpcOptions["roles"]): RpcOptions["roles"] {
  return roles.filter((role) => !ELSEWHERE.has(role));
}
