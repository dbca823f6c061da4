import { clientErrors } from "../errors.ts";
import { AnswerReader } from "./AnswerReader.ts";
import type { RpcRequest } from "./createRpcChainView.ts";

/** Checks the chain id once, before the first request; retries a failed check. @throws NODE_OF_OTHER_CHAIN */
export function onChain(name: string, chainId: number, request: RpcRequest): RpcRequest {
  let checked: Promise<void> | undefined;
  async function check(): Promise<void> {
    const read = new AnswerReader(name);
    const got = Number(read.quantity(await request("eth_chainId", []), "chain id"));
    if (got !== chainId) throw clientErrors.NODE_OF_OTHER_CHAIN({ node: name, got, expected: chainId });
  }
  return async (method, params) => {
    checked ??= check();
    try {
      await checked;
    } catch (error) {
      checked = undefined;
      throw error;
    }
    return request(method, params);
  };
}
