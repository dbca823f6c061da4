import { JsonRpcProvider } from "ethers";
import { createPublicClient, createWalletClient, type HDAccount, http } from "viem";
import { devnetChain } from "./chain.ts";

/** Tests wait for blocks that come at once. */
const POLLING_MS = 50;

export function publicClientOf(rpcUrl: string) {
  return createPublicClient({ chain: devnetChain, transport: http(rpcUrl), pollingInterval: POLLING_MS });
}

/** Signs here, and sends raw transactions. */
export function walletOf(rpcUrl: string, account: HDAccount) {
  return createWalletClient({
    account,
    chain: devnetChain,
    transport: http(rpcUrl),
    pollingInterval: POLLING_MS,
  });
}

/** ethers. It must be destroyed. Without its cache of 250 ms, in which a devnet mines several blocks. */
export function ethersProviderOf(rpcUrl: string): JsonRpcProvider {
  const options = { polling: true, pollingInterval: POLLING_MS, cacheTimeout: -1 };
  return new JsonRpcProvider(rpcUrl, undefined, options);
}

/** One JSON-RPC call, without a library. The answer as it is. */
export async function rpcCall(
  rpcUrl: string,
  method: string,
  params: readonly unknown[] = [],
): Promise<{ result?: unknown; error?: { code: number; message: string; data?: unknown } }> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
  const response = await fetch(rpcUrl, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  return (await response.json()) as Awaited<ReturnType<typeof rpcCall>>;
}
