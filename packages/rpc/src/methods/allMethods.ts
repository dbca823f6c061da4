import type { Role } from "../options.ts";
import { adminMethods } from "./admin/index.ts";
import { debugMethods } from "./debug/index.ts";
import { devMethods } from "./dev/index.ts";
import { ethMethods } from "./eth/index.ts";
import type { Method } from "./Method.ts";
import { miningMethods } from "./mining/index.ts";
import { netMethods } from "./net/index.ts";
import { rpcMethods } from "./rpc/index.ts";
import { traceMethods } from "./trace/index.ts";
import { finalityMethods } from "./trellis/finality.ts";
import { trellisMethods } from "./trellis/index.ts";
import { indexMethods } from "./trellis/indexed.ts";
import { shardMethods } from "./trellis/shards.ts";
import { txpoolMethods } from "./txpool/index.ts";
import { web3Methods } from "./web3/index.ts";

export const ALL_METHODS: readonly Method[] = [
  ...ethMethods,
  ...netMethods,
  ...web3Methods,
  ...txpoolMethods,
  ...debugMethods,
  ...traceMethods,
  ...trellisMethods,
  ...finalityMethods,
  ...indexMethods,
  ...shardMethods,
  ...miningMethods,
  ...adminMethods,
  ...devMethods,
  ...rpcMethods,
];

export function methodsOf(roles: readonly Role[]): ReadonlyMap<string, Method> {
  const available = ALL_METHODS.filter(({ role }) => roles.includes(role));
  return new Map(available.map((method) => [method.name, method]));
}
