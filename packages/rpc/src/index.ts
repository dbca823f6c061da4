export { rpcErrors } from "./errors.ts";
export { describeMethods, type MethodDescription } from "./methods/describeMethods.ts";
export { NOT_SERVED } from "./methods/notServed.ts";
export {
  checkOptions,
  DEFAULT_RPC_LIMITS,
  DEFAULT_RPC_OPTIONS,
  DEFAULT_RPC_TIMES,
  ROLES,
  type Role,
  type RpcLimits,
  type RpcOptions,
  type RpcTimes,
} from "./options.ts";
export type { DevControl, RpcNodePorts, TipSuggestion, TraceCall } from "./ports.ts";
export { ReadPool, type ReadPoolOptions } from "./reads/pool/ReadPool.ts";
export { type ReadSource, serveReads } from "./reads/pool/serveReads.ts";
export { createRpcServer, type RpcServer } from "./server/createRpcServer.ts";
