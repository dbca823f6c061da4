export { dagGraph, type GraphBlock, type GraphOptions, seededRandom } from "./dagGraph.ts";
export { type NaiveBlock, type NaiveColours, NaiveGhostdag } from "./naiveGhostdag.ts";
export { createOpenRpcValidator, OPENRPC_FILE, type OpenRpcValidator } from "./openrpc.ts";
export { slowness } from "./slowness.ts";
export {
  isPostgres,
  type NoPostgres,
  ownedByPostgres,
  type PostgresOptions,
  startPostgres,
  type TestPostgres,
} from "./startPostgres.ts";
export { startPostgresPair, type TestPostgresPair } from "./startPostgresPair.ts";
export { startRedis, startRedisPair, type TestRedis, type TestRedisPair } from "./startRedis.ts";
export { DIRECTORY, startSlapd, type TestDirectory } from "./startSlapd.ts";
export { startSoftHsm, type TestToken } from "./startSoftHsm.ts";
export { vectorsDirectory } from "./vectorsDirectory.ts";
