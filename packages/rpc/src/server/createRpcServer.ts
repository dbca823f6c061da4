import type { Clock } from "@trellis/base";
import { Admission } from "@trellis/platform/admission";
import { rpcErrors } from "../errors.ts";
import { Connection } from "../guards/Connection.ts";
import { IncomingBytes } from "../guards/IncomingBytes.ts";
import { LoadGate } from "../guards/LoadGate.ts";
import { OutgoingBytes } from "../guards/OutgoingBytes.ts";
import { textOf } from "../jsonrpc/answers.ts";
import { CallMeter } from "../jsonrpc/CallMeter.ts";
import { createHandler, type Handler } from "../jsonrpc/createHandler.ts";
import type { RemoteEngine } from "../jsonrpc/engine/RemoteEngine.ts";
import { paceLargeMessages } from "../jsonrpc/paceLargeMessages.ts";
import { methodsOf } from "../methods/allMethods.ts";
import { rpcMetrics } from "../metrics.ts";
import { checkOptions, type RpcOptions } from "../options.ts";
import type { RpcNodePorts, ShardPeers } from "../ports.ts";
import type { RpcNode } from "../RpcNode.ts";
import type { Session } from "../Session.ts";
import { createNode } from "./createNode.ts";
import { HttpListener } from "./HttpListener.ts";
import { HttpServer } from "./HttpServer.ts";
import { type Route, routeShards } from "./routeShards.ts";
import { engineRoles } from "./serveEngine.ts";
import { WebSocketHub } from "./WebSocketHub.ts";

export interface RpcServer {
  readonly url: string;
  readonly webSocketUrl: string;
  /** @throws PORT_UNAVAILABLE */
  listen(): Promise<void>;
  /** For the engines of this node. @throws RPC_SHARD_UNKNOWN, RPC_REQUEST_REFUSED */
  call: ShardPeers["askShard"];
  /** Waits at most `drainMs` for running requests. [RPC-20] */
  close(): Promise<void>;
}

/** @throws ARGUMENT_INVALID */
export async function createRpcServer(options: RpcOptions, dependencies: RpcNodePorts): Promise<RpcServer> {
  checkOptions(options);
  const { limits, times } = options;
  const { clock, scheduler, log, metrics, guard, usage, tls, isDraining = () => false } = dependencies;
  const node = createNode(options, dependencies);
  const admission = new Admission(options);
  const incoming = new IncomingBytes(limits.incomingBytesMax);
  const outgoing = new OutgoingBytes(limits.outgoingBytesMax);
  const route = routeOf(node, options, dependencies, outgoing);
  const refused = metrics.counter(rpcMetrics.trellis_rpc_refused_total);
  const webSockets = metrics.gauge(rpcMetrics.trellis_rpc_websockets);
  const onRefused = (status: string) => refused.add(1, { status });
  const hub = new WebSocketHub({
    route,
    admission,
    limits,
    incoming,
    outgoing,
    times,
    clock,
    scheduler,
    log,
    guard,
    usage,
    onRefused,
    onCount: (count) => webSockets.set(count),
  });
  const isClosing = () => http.isClosing || isDraining();
  const listener = new HttpListener({
    route,
    admission,
    limits,
    incoming,
    outgoing,
    clock,
    scheduler,
    isClosing,
    guard,
    usage,
    onRefused,
  });
  const http = new HttpServer(
    options,
    (request, response) => listener.handle(request, response),
    (request, socket, head) => hub.upgrade(request, socket, head),
    { scheduler, guard, tls },
  );
  return {
    get url() {
      return http.url;
    },
    get webSocketUrl() {
      return http.url.replace("http", "ws");
    },
    async listen() {
      await http.listen();
      log.info("rpc.listening", { url: http.url });
    },
    call: (shard, method, params) => callAt(route(`/shard/${shard}`), { method, params }, clock),
    async close() {
      await Promise.all([hub.close(times.drainMs), http.close(times.drainMs)]);
      node.filters.close();
    },
  };
}

async function callAt(
  handle: Handler,
  request: { readonly method: string; readonly params: readonly unknown[] },
  clock: Clock,
): Promise<unknown> {
  const session: Session = {
    connection: new Connection(),
    address: "",
    arrivedMs: clock.nowMs(),
    subscriptions: undefined,
    isLocalProgram: false,
  };
  const answer = await handle(Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 1, ...request })), session);
  const { result, error } = JSON.parse(textOf(answer ?? "{}"));
  if (error !== undefined) throw rpcErrors.RPC_REQUEST_REFUSED({ reason: String(error.message) });
  return result;
}

function routeOf(
  node: RpcNode,
  { roles }: RpcOptions,
  dependencies: RpcNodePorts,
  outgoing: OutgoingBytes,
): Route {
  const handlerOf = (access: Parameters<typeof createNodeHandler>[3]): Handler =>
    paceLargeMessages(createNodeHandler(node, dependencies, outgoing, access), dependencies);
  const elsewhere = [...(dependencies.engines ?? [])].map(
    ([shard, engine]) => [shard, handlerOf({ roles: engineRoles(roles), engine })] as const,
  );
  return routeShards(new Map([[0, handlerOf({ roles })], ...elsewhere]));
}

/** @param engine runs the calls instead of the node */
export function createNodeHandler(
  node: RpcNode,
  { log, metrics, trace }: Pick<RpcNodePorts, "log" | "metrics" | "trace">,
  outgoing: OutgoingBytes,
  { roles, engine }: { readonly roles: RpcOptions["roles"]; readonly engine?: RemoteEngine },
): Handler {
  const methods = methodsOf(roles);
  return createHandler(node, {
    methods,
    gate: new LoadGate(node.limits.weightMax),
    meter: new CallMeter(metrics, methods.keys()),
    outgoing,
    log,
    trace,
    engine,
  });
}
