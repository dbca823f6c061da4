import { type Hex, isHex, quantityToHex } from "@trellis/base";
import { AnswerReader } from "./AnswerReader.ts";
import type { ChainView } from "./ChainView.ts";
import { isRevert, stateRefusal } from "./nodeRefusal.ts";

export type RpcRequest = (method: string, params: readonly unknown[]) => Promise<unknown>;

export function createRpcChainView(name: string, request: RpcRequest): ChainView {
  const read = new AnswerReader(name);
  return {
    name,
    chainId: async () => Number(read.quantity(await request("eth_chainId", []))),
    async blockHash(height) {
      const block = await request("eth_getBlockByNumber", [quantityToHex(height), false]);
      if (block === null) return undefined;
      const hash = typeof block === "object" && block !== null && "hash" in block ? block.hash : undefined;
      return read.hex(hash, "block hash", 32);
    },
    balance: async (address, blockHash) =>
      read.quantity(await askAtBlock(name, request, "eth_getBalance", address, blockHash)),
    async call(to, data, blockHash) {
      try {
        const answer = await askAtBlock(name, request, "eth_call", { to, data }, blockHash);
        if (isHex(answer)) return answer;
      } catch (error) {
        if (isRevert(error)) return undefined;
        throw error;
      }
      throw read.invalid("call result");
    },
  };
}

/** Rejects blocks that are not canonical (EIP-1898). @throws NODE_BLOCK_UNKNOWN */
export async function askAtBlock(
  name: string,
  request: RpcRequest,
  method: string,
  subject: unknown,
  blockHash: Hex,
): Promise<unknown> {
  try {
    return await request(method, [subject, { blockHash, requireCanonical: true }]);
  } catch (error) {
    throw stateRefusal(name, error);
  }
}
