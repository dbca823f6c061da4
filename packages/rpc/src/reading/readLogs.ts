import {
  type BlockReader,
  blockEntries,
  type ChainBlock,
  type ChainView,
  EncodedJson,
  type Header,
} from "@trellis/protocol";
import type { LogCriteria, LogMatch } from "../decoding/logCriteria.ts";
import { encodeLog, type PlacedLog, placedLogs } from "../encoding/log.ts";
import { rpcErrors } from "../errors.ts";
import type { Pacing } from "../guards/ScanLane.ts";
import type { RpcLimits } from "../options.ts";
import { matches, mayHaveLogs } from "./matchLogs.ts";
import type { LogsTask, PlannedAnswer, ReadLimits } from "./ReadTask.ts";
import { numberOf, resolveHeader } from "./resolveBlock.ts";

interface LogSource {
  readonly chain: ChainView;
  readonly limits: Pick<RpcLimits, "logsBlocksMax">;
  /** On a node that mines on demand, ranges end at the head, as in Anvil. */
  readonly devControl?: unknown;
}

/**
 * [RPC-11]
 * @throws RPC_NOT_FOUND, RPC_PARAMETERS_INVALID, RPC_REQUEST_REFUSED, RPC_HISTORY_PRUNED, RPC_LIMIT_EXCEEDED
 */
export function planLogs(node: LogSource, criteria: LogCriteria): LogsTask | PlannedAnswer {
  const { addresses, topics, bits, blockHash } = criteria;
  const match = { addresses, topics, bits };
  if (blockHash !== undefined) {
    const at = { blockHash, requireCanonical: false };
    const { hash, header } = resolveHeader(node.chain, at, "unknown block");
    return { kind: "logs", match, newest: hash, newestNumber: header.number, from: header.number };
  }
  const range = checkRange(node, criteria);
  if (range === undefined) return { kind: "answer", answer: [] };
  const { from, to } = range;
  return { kind: "logs", match, newest: resolveHeader(node.chain, to).hash, newestNumber: to, from };
}

/** Follows parents: a reorganisation must not mix chains. */
export async function readLogs(
  blocks: BlockReader,
  { match, newest, newestNumber, from }: LogsTask,
  limits: ReadLimits,
  pacing: Pacing,
): Promise<EncodedJson> {
  const found = new FoundLogs(limits, match, pacing);
  let at: LogsTask["newest"] | undefined = newest;
  for (let number = newestNumber; number >= from; number--) {
    const header: Header | undefined = at === undefined ? undefined : blocks.header(at);
    // The block was pruned while the call ran.
    if (header === undefined) throw rpcErrors.RPC_HISTORY_PRUNED({ number, oldestNumber: number + 1 });
    if (mayHaveLogs(header, match)) {
      const block = blocks.blockByHash(at!);
      if (block === undefined) throw rpcErrors.RPC_HISTORY_PRUNED({ number, oldestNumber: number + 1 });
      await found.collect(block);
    }
    at = header.parents[0];
    if (pacing.isDue) await pacing.pause();
  }
  return found.toJson();
}

class FoundLogs {
  readonly #limits: ReadLimits;
  readonly #match: LogMatch;
  readonly #pacing: Pacing;
  readonly #blocks: string[][] = [];
  #count = 0;
  #size = 0;

  constructor(limits: ReadLimits, match: LogMatch, pacing: Pacing) {
    this.#limits = limits;
    this.#match = match;
    this.#pacing = pacing;
  }

  async collect(block: ChainBlock): Promise<void> {
    const logs: string[] = [];
    for (const index of blockEntries(block).keys()) {
      for (const placed of placedLogs(block, index)) {
        if (matches(placed.log, this.#match)) logs.push(this.#encode(block, placed));
        if (this.#pacing.isDue) await this.#pacing.pause();
      }
      if (this.#pacing.isDue) await this.#pacing.pause();
    }
    if (logs.length > 0) this.#blocks.push(logs);
  }

  toJson(): EncodedJson {
    return new EncodedJson(`[${this.#blocks.reverse().flat().join(",")}]`);
  }

  #encode(block: ChainBlock, placed: PlacedLog): string {
    const json = JSON.stringify(encodeLog(block, placed, false));
    this.#count++;
    this.#size += json.length + 1;
    const { logsResultsMax, responseBytesMax } = this.#limits;
    if (this.#count > logsResultsMax)
      throw rpcErrors.RPC_LIMIT_EXCEEDED({ reason: `query returned more than ${logsResultsMax} results` });
    if (this.#size > responseBytesMax) throw rpcErrors.RPC_RESPONSE_TOO_LARGE({ responseBytesMax });
    return json;
  }
}

function checkRange(
  { chain, limits, devControl }: LogSource,
  { fromBlock, toBlock }: LogCriteria,
): { from: number; to: number } | undefined {
  if (fromBlock === "pending" || toBlock === "pending") {
    throw rpcErrors.RPC_REQUEST_REFUSED({ reason: "pending logs are not supported" });
  }
  const head = chain.head().header.number;
  const from = numberOf(chain, fromBlock ?? "latest");
  const last = numberOf(chain, toBlock ?? "latest");
  const to = devControl === undefined ? last : Math.min(last, head);
  if (from > last) throw rpcErrors.RPC_PARAMETERS_INVALID({ reason: "invalid block range params" });
  if (from > to) return undefined;
  if (to > head) {
    throw rpcErrors.RPC_PARAMETERS_INVALID({ reason: "block range extends beyond current head block" });
  }
  const oldestNumber = chain.oldestNumber();
  if (from < oldestNumber) throw rpcErrors.RPC_HISTORY_PRUNED({ number: from, oldestNumber });
  if (to - from >= limits.logsBlocksMax) {
    throw rpcErrors.RPC_LIMIT_EXCEEDED({ reason: `exceed maximum block range: ${limits.logsBlocksMax}` });
  }
  return { from, to };
}
