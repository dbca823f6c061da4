import { AnswerReader } from "./AnswerReader.ts";
import type { ChainLog } from "./ChainClient.ts";
import type { BlockReference } from "./ChainView.ts";
import type { RpcRequest } from "./createRpcChainView.ts";
import { onChain } from "./onChain.ts";

/** Returns logs in block order. @throws errors of ChainClient */
export type BlockLogs = (block: BlockReference) => Promise<readonly ChainLog[]>;

/** Queries by block hash (EIP-234): a reorganisation cannot mix branches. */
export function createRpcBlockLogs(name: string, chainId: number, unchecked: RpcRequest): BlockLogs {
  const read = new AnswerReader(name);
  const request = onChain(name, chainId, unchecked);
  return async ({ hash }) => {
    const logs = read.logs(await request("eth_getLogs", [{ blockHash: hash }]));
    if (logs.some(({ block }) => block.hash !== hash)) throw read.invalid("logs of one block");
    return logs;
  };
}
