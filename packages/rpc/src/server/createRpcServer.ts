import { bytesToHex } from "@trellis/base";
import { Admission, isLoopbackHost } from "@trellis/platform/admission";
import { FilterStore } from "../filters/FilterStore.ts";
import { ExecuteLane } from "../guards/ExecuteLane.ts";
import { InclusionWaits } from "../guards/InclusionWaits.ts";
import { IncomingBytes } from "../guards/IncomingBytes.ts";
import { LoadGate } from "../guards/LoadGate.ts";
import { LogItems } from "../guards/LogItems.ts";
import { OutgoingBytes } from "../guards/OutgoingBytes.ts";
import { ScanLane } from "../guards/ScanLane.ts";
import { SignatureBudget } from "../guards/SignatureBudget.ts";
import { CallMeter } from "../jsonrpc/CallMeter.ts";
import { createHandler, type Handler } from "../jsonrpc/createHandler.ts";
import { paceLargeMessages } from "../jsonrpc/paceLargeMessages.ts";
import { ALL_METHODS } from "../methods/allMethods.ts";
import { rpcMetrics } from "../metrics.ts";
import { checkOptions, type RpcOptions } from "../options.ts";
import type { RpcNodePorts } from "../ports.ts";
import type { RpcNode } from "../RpcNode.ts";
import { FeeOracle } from "../reading/FeeOracle.ts";
import { Reads } from "../reads/Reads.ts";
import { AccountQueue } from "../signing/AccountQueue.ts";
import { Impersonation } from "../signing/Impersonation.ts";
import { Feed } from "../subscriptions/Feed.ts";
import { HttpListener } from "./HttpListener.ts";
import { HttpServer } from "./HttpServer.ts";
import { WebSocketHub } from "./WebSocketHub.ts";

export interface RpcServer {
  readonly url: string;
  readonly webSocketUrl: string;
  /** @throws PORT_UNAVAILABLE */
  listen(): Promise<void>;
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
  const handle = paceLargeMessages(createNodeHandler(node, dependencies, outgoing), { clock, scheduler });
  const refused = metrics.counter(rpcMetrics.trellis_rpc_refused_total);
  const webSockets = metrics.gauge(rpcMetrics.trellis_rpc_websockets);
  const onRefused = (status: string) => refused.add(1, { status });
  const hub = new WebSocketHub({
    handle,
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
    handle,
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
    async close() {
      await Promise.all([hub.close(times.drainMs), http.close(times.drainMs)]);
      node.filters.close();
    },
  };
}

export function createNodeHandler(
  node: RpcNode,
  { log, metrics, trace }: Pick<RpcNodePorts, "log" | "metrics" | "trace">,
  outgoing: OutgoingBytes,
): Handler {
  const methods = new Map(
    ALL_METHODS.filter(({ name }) => node.methods.has(name)).map((method) => [method.name, method]),
  );
  return createHandler(node, {
    methods,
    gate: new LoadGate(node.limits.weightMax),
    meter: new CallMeter(metrics, node.methods.keys()),
    outgoing,
    log,
    trace,
  });
}

export function createNode(options: RpcOptions, dependencies: RpcNodePorts): RpcNode {
  const { chain, pool, intake, signers = [], devControl, forked, mining, finality, index } = dependencies;
  const { network, networkControl, clock, scheduler } = dependencies;
  const { settled = () => undefined } = dependencies;
  const { host, limits, roles, clientVersion } = options;
  const logItems = new LogItems(limits);
  const scan = new ScanLane(limits, { clock, scheduler });
  const available = ALL_METHODS.filter(({ role }) => roles.includes(role));
  return {
    chain,
    pool,
    intake,
    settled,
    devControl,
    forked,
    mining,
    finality,
    index,
    network,
    networkControl,
    clock,
    scheduler,
    limits,
    clientVersion,
    fees: new FeeOracle(dependencies),
    signatures: new SignatureBudget(limits, clock),
    inclusions: new InclusionWaits(limits, { chain, pool, scheduler }),
    lanes: {
      execute: new ExecuteLane({ limits, callWorkers: options.callWorkers }, { clock, scheduler }),
      scan,
    },
    reads: new Reads({ blocks: chain, scan, workers: readWorkers(options, dependencies) }),
    filters: new FilterStore({ chain, pool, clock, limits }),
    logItems,
    feeds: {
      chain: new Feed(chain, { clock, scheduler, lagMsMax: limits.lagMsMax }),
      pool: new Feed(pool, { clock, scheduler, lagMsMax: limits.lagMsMax }),
    },
    signers: new Map(signers.map((signer) => [bytesToHex(signer.address), signer])),
    accountQueue: new AccountQueue(),
    impersonation: new Impersonation(),
    isOwn: ({ isLocalProgram }) => roles.includes("dev") || (isLocalProgram && isLoopbackHost(host)),
    methods: new Map(available.map((method) => [method.name, method])),
  };
}

function readWorkers({ limits }: RpcOptions, { readPool: pool, clock, scheduler }: RpcNodePorts) {
  if (pool === undefined) return undefined;
  const lane = new ExecuteLane({ limits, callWorkers: pool.workers }, { clock, scheduler });
  return { pool, lane };
}
