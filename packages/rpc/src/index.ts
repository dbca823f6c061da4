export { rpcErrors } from "./errors.ts";
export type { RpcArrival, RpcCaller, RpcCallRefusal, RpcGuard } from "./guards/RpcGuard.ts";
export { describeMethods, type MethodDescription } from "./methods/describeMethods.ts";
export { NOT_SERVED } from "./methods/notServed.ts";
export { DEFAULT_RPC_OPTIONS, ROLES, type Role, type RpcOptions } from "./options.ts";
export type { TraceCall } from "./ports.ts";
export { ReadPool } from "./reads/pool/ReadPool.ts";
export { serveReads } from "./reads/pool/serveReads.ts";
export { createRpcServer, type RpcServer } from "./server/createRpcServer.ts";
