import { isTrellisError } from "@trellis/base";
import { type ChainBlock, type EncodedJson, entryCount, type Hash } from "@trellis/protocol";
import type { LogCriteria } from "../decoding/logCriteria.ts";
import { encodeLog, firstLogIndex, type PlacedLog, placedLogs } from "../encoding/log.ts";
import type { Pacing } from "../guards/ScanLane.ts";
import type { RpcLimits } from "../options.ts";
import { AnswerList } from "../reading/AnswerList.ts";
import { matches, mayHaveLogs } from "../reading/matchLogs.ts";

interface LogRange {
  readonly isRemoved: boolean;
  readonly from: number;
  readonly until: number | undefined;
}

export interface LogsOfBlock extends LogRange {
  readonly block: ChainBlock;
}

export interface LogRest extends LogRange {
  readonly block: Hash;
}

export class LogsAnswer {
  readonly #criteria: LogCriteria;
  readonly #pacing: Pacing;
  readonly #list: AnswerList;
  #left: number;

  constructor(
    limits: Pick<RpcLimits, "logsResultsMax" | "responseBytesMax">,
    criteria: LogCriteria,
    pacing: Pacing,
  ) {
    this.#criteria = criteria;
    this.#pacing = pacing;
    this.#list = new AnswerList(limits);
    this.#left = limits.logsResultsMax;
  }

  /** Returns logs that do not fit. @throws RPC_RESPONSE_TOO_LARGE if the first log alone is too large */
  async take({ block, isRemoved, from, until }: LogsOfBlock): Promise<LogRest | undefined> {
    const restAt = (logIndex: number): LogRest => ({ block: block.hash, isRemoved, from: logIndex, until });
    if (!isInRange(block, this.#criteria) || !mayHaveLogs(block.header, this.#criteria)) return undefined;
    const count = entryCount(block);
    for (let index = 0; index < count; index++) {
      if (firstLogIndex(block, index + 1) <= from && index + 1 < count) continue;
      for (const placed of placedLogs(block, index)) {
        const { logIndex } = placed;
        if (until !== undefined && logIndex >= until) return undefined;
        if (logIndex >= from && matches(placed.log, this.#criteria)) {
          if (!this.#add(block, placed, isRemoved)) return restAt(logIndex);
        }
        if (this.#pacing.isDue && !(await mayGoOn(this.#pacing))) return restAt(logIndex + 1);
      }
    }
    return undefined;
  }

  toJson(): EncodedJson {
    return this.#list.toJson();
  }

  #add(block: ChainBlock, placed: PlacedLog, isRemoved: boolean): boolean {
    if (this.#left === 0) return false;
    const json = JSON.stringify(encodeLog(block, placed, isRemoved));
    if (!this.#list.isEmpty && json.length >= this.#list.rest.responseBytesMax) return false;
    this.#list.addJson(json);
    this.#left--;
    return true;
  }
}

/** False at the time limit: the answer contains the logs found so far. */
export async function mayGoOn(pacing: Pacing): Promise<boolean> {
  try {
    await pacing.pause();
    return true;
  } catch (error) {
    if (isTrellisError(error)) return false;
    throw error;
  }
}

function isInRange({ hash, header }: ChainBlock, { fromBlock, toBlock, blockHash }: LogCriteria): boolean {
  if (blockHash !== undefined && blockHash !== hash) return false;
  if (typeof fromBlock === "number" && header.number < fromBlock) return false;
  return typeof toBlock !== "number" || header.number <= toBlock;
}
