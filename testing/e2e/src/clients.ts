import { JsonRpcProvider } from "ethers";
import { createPublicClient, createWalletClient, type HDAccount, http } from "viem";
import { devnetChain } from "./chain.ts";

const POLLING_MS = 50;

export function publicClientOf(rpcUrl: string) {
  return createPublicClient({ chain: devnetChain, transport: http(rpcUrl), pollingInterval: POLLING_MS });
}

export function walletOf(rpcUrl: string, account: HDAccount) {
  return createWalletClient({
    account,
    chain: devnetChain,
    transport: http(rpcUrl),
    pollingInterval: POLLING_MS,
  });
}

/** The caller must call `destroy`. No cache: its 250 ms would span several devnet blocks. */
export function ethersProviderOf(rpcUrl: string): JsonRpcProvider {
  const options = { polling: true, pollingInterval: POLLING_MS, cacheTimeout: -1 };
  return new JsonRpcProvider(rpcUrl, undefined, options);
}

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
