export { dagGraph, type GraphBlock, type GraphOptions, seededRandom } from "./dagGraph.ts";
export { type NaiveBlock, type NaiveColours, NaiveGhostdag } from "./naiveGhostdag.ts";
export { createOpenRpcValidator, OPENRPC_FILE, type OpenRpcValidator } from "./openrpc.ts";
export { slowness } from "./slowness.ts";
export { isPostgres, type NoPostgres, startPostgres, type TestPostgres } from "./startPostgres.ts";
export { startRedis, type TestRedis } from "./startRedis.ts";
export { DIRECTORY, startSlapd, type TestDirectory } from "./startSlapd.ts";
export { startSoftHsm, type TestToken } from "./startSoftHsm.ts";
export { vectorsDirectory } from "./vectorsDirectory.ts";
