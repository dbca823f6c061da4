import { type ChainBlock, EncodedJson } from "@trellis/protocol";
import type { LogCriteria } from "../decoding/logCriteria.ts";
import { encodeLog } from "../encoding/log.ts";
import { rpcErrors } from "../errors.ts";
import type { Pacing } from "../guards/ScanLane.ts";
import type { RpcNode } from "../RpcNode.ts";
import { matchLogsOf, mayHaveLogs } from "./matchLogs.ts";
import { numberOf, resolveBlock } from "./resolveBlock.ts";

type Reading = Pick<RpcNode, "chain" | "limits">;

/**
 * eth_getLogs: from one block, or from a range of the selected chain, oldest first. Other work goes on in between: it
 * reads down from the newest block by parents, so that all is of the chain on which it began. [RPC-11]
 * @throws RPC_BLOCK_UNKNOWN, RPC_PARAMETERS_INVALID, RPC_REQUEST_REFUSED, RPC_HISTORY_PRUNED, RPC_LOGS_RANGE_TOO_WIDE,
 * RPC_LOGS_TOO_MANY, RPC_RESPONSE_TOO_LARGE, RPC_CLIENT_GONE, RPC_CALL_TIMED_OUT
 */
export async function queryLogs(node: Reading, criteria: LogCriteria, pacing: Pacing): Promise<EncodedJson> {
  const { chain } = node;
  const found = new FoundLogs(node.limits, criteria, pacing);
  if (criteria.blockHash !== undefined) {
    const at = { blockHash: criteria.blockHash, requireCanonical: false };
    await found.collect(resolveBlock(chain, at, "unknown block"));
    return found.toJson();
  }
  const { from, to } = checkRange(node, criteria);
  let at = chain.blockByNumber(to)?.hash;
  for (let number = to; number >= from; number--) {
    const block = at === undefined ? undefined : chain.chainHeader(at);
    // Thrown away during a pause.
    if (block === undefined)
      throw rpcErrors.RPC_HISTORY_PRUNED({ number, oldestNumber: chain.oldestNumber() });
    if (mayHaveLogs(block.header, criteria)) await found.collect(chain.blockByHash(block.hash)!);
    at = block.header.parents[0];
    if (pacing.isDue) await pacing.pause();
  }
  return found.toJson();
}

/** Logs by block, newest block first, as JSON. */
class FoundLogs {
  readonly #limits: Reading["limits"];
  readonly #criteria: LogCriteria;
  readonly #pacing: Pacing;
  readonly #blocks: string[][] = [];
  #count = 0;
  #size = 0;

  constructor(limits: Reading["limits"], criteria: LogCriteria, pacing: Pacing) {
    this.#limits = limits;
    this.#criteria = criteria;
    this.#pacing = pacing;
  }

  /** @throws RPC_LOGS_TOO_MANY, RPC_RESPONSE_TOO_LARGE, RPC_CLIENT_GONE, RPC_CALL_TIMED_OUT */
  async collect(block: ChainBlock): Promise<void> {
    const logs: string[] = [];
    for (const index of block.transactions.keys()) {
      for (const placed of matchLogsOf(block, index, this.#criteria)) {
        const json = JSON.stringify(encodeLog(block, placed, false));
        this.#count++;
        this.#size += json.length + 1;
        this.#check();
        logs.push(json);
      }
      if (this.#pacing.isDue) await this.#pacing.pause();
    }
    if (logs.length > 0) this.#blocks.push(logs);
  }

  toJson(): EncodedJson {
    return new EncodedJson(`[${this.#blocks.reverse().flat().join(",")}]`);
  }

  #check(): void {
    const { logsResultsMax, responseBytesMax } = this.#limits;
    if (this.#count > logsResultsMax) throw rpcErrors.RPC_LOGS_TOO_MANY({ logsResultsMax });
    if (this.#size > responseBytesMax) throw rpcErrors.RPC_RESPONSE_TOO_LARGE({ responseBytesMax });
  }
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
