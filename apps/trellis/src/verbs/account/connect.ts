import { silentMetrics } from "@trellis/base";
import {
  type ChainClient,
  clientErrors,
  createRpcChainClient,
  openRpcEndpoint,
  type RpcRequest,
} from "@trellis/client/account";
import type { AccountSettings } from "./settings.ts";

export interface Connection {
  readonly name: string;
  readonly request: RpcRequest;
  readonly client: ChainClient;
  readonly chainId: number;
}

export async function connect({
  rpc,
  chainId: wanted,
}: Pick<AccountSettings, "rpc" | "chainId">): Promise<Connection> {
  const name = new URL(rpc).host;
  const request = openRpcEndpoint({ name, url: rpc }, { metrics: silentMetrics });
  const chainId = wanted === 0 ? await chainIdOf(name, request) : wanted;
  return { name, request, client: createRpcChainClient(name, chainId, request), chainId };
}

async function chainIdOf(node: string, request: RpcRequest): Promise<number> {
  const chainId = Number(await request("eth_chainId", []));
  if (Number.isSafeInteger(chainId) && chainId > 0) return chainId;
  throw clientErrors.NODE_UNREACHABLE({ reason: "invalid response", node, expected: "chain id" });
}
