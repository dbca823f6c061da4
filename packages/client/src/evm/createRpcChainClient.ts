import { type Hex, quantityToHex } from "@trellis/base";
import { clientErrors } from "../errors.ts";
import { AnswerReader } from "./AnswerReader.ts";
import type { ChainClient, ContractCall, LogFilter } from "./ChainClient.ts";
import { askAtBlock, createRpcChainView, type RpcRequest } from "./createRpcChainView.ts";
import { isKnownAlready, isRevert, rpcFailureOf, sendingRefusal } from "./nodeRefusal.ts";
import { onChain } from "./onChain.ts";

export function createRpcChainClient(name: string, chainId: number, unchecked: RpcRequest): ChainClient {
  const read = new AnswerReader(name);
  const request = onChain(name, chainId, unchecked);
  return {
    ...createRpcChainView(name, request),
    async block(at) {
      const tag = typeof at === "number" ? quantityToHex(at) : at;
      const block = await request("eth_getBlockByNumber", [tag, false]);
      return block === null ? undefined : read.block(block);
    },
    code: async (address, blockHash) =>
      read.hex(await askAtBlock(name, request, "eth_getCode", address, blockHash), "code"),
    async nextNonce(address, at) {
      const tag = typeof at === "number" ? quantityToHex(at) : at;
      return read.number(await request("eth_getTransactionCount", [address, tag]), "nonce");
    },
    async receipt(transactionHash) {
      const receipt = await request("eth_getTransactionReceipt", [transactionHash]);
      return receipt === null ? undefined : read.receipt(receipt, transactionHash);
    },
    hasTransaction: async (transactionHash) =>
      (await request("eth_getTransactionByHash", [transactionHash])) !== null,
    logs: async (filter) => read.logs(await request("eth_getLogs", [filterParameter(filter)])),
    async estimateGas(call) {
      try {
        return read.quantity(await request("eth_estimateGas", [callParameter(call)]), "gas");
      } catch (error) {
        if (!isRevert(error)) throw error;
        throw clientErrors.TRANSACTION_WOULD_REVERT({ node: name, data: rpcFailureOf(error)?.data }, error);
      }
    },
    suggestedTipWei: async () => read.quantity(await request("eth_maxPriorityFeePerGas", []), "tip"),
    async send(raw) {
      try {
        await request("eth_sendRawTransaction", [raw]);
      } catch (error) {
        if (!isKnownAlready(error)) throw sendingRefusal(name, error);
      }
    },
  };
}

function filterParameter({ address, topics, fromHeight, toHeight }: LogFilter): object {
  return { address, topics, fromBlock: quantityToHex(fromHeight), toBlock: quantityToHex(toHeight) };
}

function callParameter({ from, to, data, valueWei = 0n }: ContractCall): Record<string, Hex> {
  return { from, to, data, value: quantityToHex(valueWei) };
}
