import type { ChainBlock } from "@trellis/protocol";
import type { LogCriteria } from "../decoding/logCriteria.ts";
import { encodeLog } from "../encoding/log.ts";
import { rpcErrors } from "../errors.ts";
import { Pacer } from "../guards/Pacer.ts";
import type { RpcNode } from "../RpcNode.ts";
import { matchLogs, mayHaveLogs } from "./matchLogs.ts";
import { numberOf, resolveBlock } from "./resolveBlock.ts";

type Reading = Pick<RpcNode, "chain" | "limits" | "clock" | "scheduler">;

/**
 * eth_getLogs: from one block, or from a range of the selected chain, oldest first. Other work goes on in between: it
 * reads down from the newest block by parents, so that all is of the chain on which it began. [RPC-11]
 * @throws RPC_BLOCK_UNKNOWN, RPC_PARAMETERS_INVALID, RPC_REQUEST_REFUSED, RPC_HISTORY_PRUNED, RPC_LOGS_RANGE_TOO_WIDE,
 * RPC_LOGS_TOO_MANY, RPC_CALL_TIMED_OUT
 */
export async function queryLogs(node: Reading, criteria: LogCriteria): Promise<object[]> {
  const { chain, limits, clock, scheduler } = node;
  const found: object[][] = [];
  let count = 0;
  const collect = (block: ChainBlock): void => {
    const logs = matchLogs(block, criteria).map((placed) => encodeLog(block, placed, false));
    count += logs.length;
    if (count > limits.logsResultsMax) {
      throw rpcErrors.RPC_LOGS_TOO_MANY({ logsResultsMax: limits.logsResultsMax });
    }
    if (logs.length > 0) found.push(logs);
  };
  if (criteria.blockHash !== undefined) {
    collect(resolveBlock(chain, { blockHash: criteria.blockHash, requireCanonical: false }, "unknown block"));
    return found.flat();
  }
  const { from, to } = checkRange(node, criteria);
  const pacer = new Pacer(clock, scheduler, limits.callTimeMs);
  let at = chain.blockByNumber(to)?.hash;
  for (let number = to; number >= from; number--) {
    const block = at === undefined ? undefined : chain.chainHeader(at);
    // Thrown away during a pause.
    if (block === undefined)
      throw rpcErrors.RPC_HISTORY_PRUNED({ number, oldestNumber: chain.oldestNumber() });
    if (mayHaveLogs(block.header, criteria)) collect(chain.blockByHash(block.hash)!);
    at = block.header.parents[0];
    if (pacer.isDue) await pacer.pause();
  }
  return found.reverse().flat();
}

function checkRange(
  { chain, limits }: Reading,
  { fromBlock, toBlock }: LogCriteria,
): { from: number; to: number } {
  if (fromBlock === "pending" || toBlock === "pending") {
    throw rpcErrors.RPC_REQUEST_REFUSED({ reason: "pending logs are not supported" });
  }
  const head = chain.head().header.number;
  const from = numberOf(chain, fromBlock ?? "latest");
  const to = numberOf(chain, toBlock ?? "latest");
  if (from > to) throw rpcErrors.RPC_PARAMETERS_INVALID({ reason: "invalid block range params" });
  if (to > head) {
    throw rpcErrors.RPC_PARAMETERS_INVALID({ reason: "block range extends beyond current head block" });
  }
  const oldestNumber = chain.oldestNumber();
  if (from < oldestNumber) throw rpcErrors.RPC_HISTORY_PRUNED({ number: from, oldestNumber });
  if (to - from >= limits.logsBlocksMax) {
    throw rpcErrors.RPC_LOGS_RANGE_TOO_WIDE({ from, to, logsBlocksMax: limits.logsBlocksMax });
  }
  return { from, to };
}
