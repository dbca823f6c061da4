import { type Hex, isHex, quantityToHex } from "@trellis/base";
import { AnswerReader } from "../evm/AnswerReader.ts";
import { askAtBlock, createRpcChainView, type RpcRequest } from "../evm/createRpcChainView.ts";
import { isRevert, stateRefusal } from "../evm/nodeRefusal.ts";
import { onChain } from "../evm/onChain.ts";
import { AccountReader } from "./AccountReader.ts";
import type { OverriddenCall, StateClient, TouchedAccount } from "./StateClient.ts";

export function createRpcStateClient(name: string, chainId: number, unchecked: RpcRequest): StateClient {
  const read = new AnswerReader(name);
  const request = onChain(name, chainId, unchecked);
  const accounts = new AccountReader(name, request);
  return {
    name,
    blockHash: createRpcChainView(name, request).blockHash,
    code: async (address, blockHash) =>
      read.hex(await askAtBlock(name, request, "eth_getCode", address, blockHash), "code"),
    account: (address, slots, blockHash) => accounts.account(address, slots, blockHash),
    async touched(call, blockHash) {
      try {
        const answer = read.object(
          await request("eth_createAccessList", parametersOf(call, blockHash)),
          "access list",
        );
        return touchedOf(answer.accessList, read);
      } catch {
        return undefined;
      }
    },
    async callOverridden(call, blockHash) {
      try {
        const answer = await request("eth_call", parametersOf(call, blockHash));
        if (isHex(answer)) return answer;
      } catch (error) {
        if (isRevert(error)) return undefined;
        throw stateRefusal(name, error);
      }
      throw read.invalid("call result");
    },
  };
}

function parametersOf({ from, to, data, gasLimit, codes, context }: OverriddenCall, blockHash: Hex) {
  const message = { from, to, data, gas: quantityToHex(gasLimit) };
  const state = Object.fromEntries([...codes].map(([address, code]) => [address, { code }]));
  const block = { number: quantityToHex(context.number), time: quantityToHex(context.timeSeconds) };
  return [message, { blockHash, requireCanonical: true }, state, block];
}

function touchedOf(accessList: unknown, read: AnswerReader): TouchedAccount[] {
  if (!Array.isArray(accessList)) return [];
  return accessList.map((item: unknown) => {
    const { address, storageKeys } = read.object(item, "access list's entry");
    const keys: readonly unknown[] = Array.isArray(storageKeys) ? storageKeys : [];
    return {
      address: read.hex(address, "address", 20),
      slots: keys.map((key) => read.hex(key, "slot", 32)),
    };
  });
}
