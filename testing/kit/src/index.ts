export { createOpenRpcValidator, OPENRPC_FILE, type OpenRpcValidator } from "./openrpc.ts";
export { vectorsDirectory } from "./vectorsDirectory.ts";
