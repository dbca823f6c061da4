export { rpcErrors } from "./errors.ts";
export type { RpcArrival, RpcCaller, RpcCallRefusal, RpcGuard } from "./guards/RpcGuard.ts";
export type { RpcUsage } from "./guards/RpcUsage.ts";
export type { EngineAnswer, FromEngine, ToEngine } from "./jsonrpc/engine/messages.ts";
export { RemoteEngine } from "./jsonrpc/engine/RemoteEngine.ts";
export type { ServedEngine } from "./jsonrpc/engine/ServedEngine.ts";
export { compareMethods, type MethodComparison } from "./methods/compareMethods.ts";
export { describeMethods, type MethodDescription } from "./methods/describeMethods.ts";
export { NOT_SERVED } from "./methods/notServed.ts";
export { DEFAULT_RPC_OPTIONS, ROLES, type Role, type RpcOptions } from "./options.ts";
export type {
  DevCommands,
  ForkedChain,
  RpcNodePorts,
  SeriesRequest,
  ShardPeers,
  TraceCall,
} from "./ports.ts";
export { packError, unpackError } from "./reads/pool/messages.ts";
export { ReadPool } from "./reads/pool/ReadPool.ts";
export { serveReads } from "./reads/pool/serveReads.ts";
export { createRpcServer, type RpcServer } from "./server/createRpcServer.ts";
export { serveEngine } from "./server/serveEngine.ts";
