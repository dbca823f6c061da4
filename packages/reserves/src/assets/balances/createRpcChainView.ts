import { type Hex, isHex, quantityToHex } from "@trellis/base";
import { assetsErrors } from "../errors.ts";
import type { ChainView } from "./ChainView.ts";

/** Sends one JSON-RPC request and gives its result; throws when there is none. */
export type RpcRequest = (method: string, params: readonly unknown[]) => Promise<unknown>;

/** A node that is spoken to by Ethereum's JSON-RPC. */
export function createRpcChainView(name: string, request: RpcRequest): ChainView {
  const at = (blockHash: Hex) => ({ blockHash, requireCanonical: true });
  return {
    name,
    chainId: async () => Number(quantity(name, await request("eth_chainId", []))),
    async blockHash(height) {
      const block = await request("eth_getBlockByNumber", [quantityToHex(height), false]);
      if (block === null) return undefined;
      const hash = typeof block === "object" && block !== null && "hash" in block ? block.hash : undefined;
      if (!isHex(hash, 32)) throw answerInvalid(name, "block hash");
      return hash;
    },
    balance: async (address, blockHash) =>
      quantity(name, await request("eth_getBalance", [address, at(blockHash)])),
    async call(to, data, blockHash) {
      try {
        const answer = await request("eth_call", [{ to, data }, at(blockHash)]);
        if (isHex(answer)) return answer;
      } catch (error) {
        if (isRevert(error)) return undefined;
        throw error;
      }
      throw answerInvalid(name, "call result");
    },
  };
}

const QUANTITY = /^0x(?:0|[1-9a-f][0-9a-f]{0,63})$/;

function quantity(name: string, answer: unknown): bigint {
  if (typeof answer !== "string" || !QUANTITY.test(answer)) throw answerInvalid(name, "quantity");
  return BigInt(answer);
}

/** Of execution, as JSON-RPC's clients wrap it. */
const REVERT_CODE = 3;

function isRevert(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  if ("code" in error && error.code === REVERT_CODE) return true;
  return "cause" in error && isRevert(error.cause);
}

/** Of one node: the others may still agree. */
function answerInvalid(name: string, expected: string) {
  return assetsErrors.NODE_ANSWER_INVALID({ node: name, expected });
}
