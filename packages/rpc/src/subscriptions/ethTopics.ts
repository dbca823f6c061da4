import { quantityToHex } from "@trellis/base";
import type { ChainEvent, PooledTransaction, SyncProgress } from "@trellis/protocol";
import { boolean, type Decoder } from "../decoding/Decoder.ts";
import { type LogCriteria, logCriteria } from "../decoding/logCriteria.ts";
import { encodeHeader } from "../encoding/block.ts";
import { encodeLog, type PlacedLog } from "../encoding/log.ts";
import { encodePendingTransaction } from "../encoding/transaction.ts";
import { matchLogs } from "../reading/matchLogs.ts";
import { encodedOnce } from "./encodedOnce.ts";
import type { Topic, Topics } from "./Topic.ts";

type BlockEvent = Extract<ChainEvent, { kind: "added" | "removed" }>;

const headerJson = encodedOnce(encodeHeader);
const transactionJson = encodedOnce((pooled: PooledTransaction) => encodePendingTransaction(pooled));

/** Block numbers may repeat after a reorganisation. [RPC-14] */
const newHeads: Topic =
  ({ feeds }) =>
  (emit, client) =>
    feeds.chain.join(client, emit, (event) => (event.kind === "added" ? [headerJson(event.block)] : []));

/** Repeats a removed block's logs with `removed: true`. */
const logs: Topic = ({ feeds, logItems }, options) => {
  const criteria = decodeOr(logCriteria, options, ANY_LOG);
  return (emit, client) => {
    const release = logItems.hold(client, criteria);
    const leave = feeds.chain.join(client, emit, (event) => logsJson(event, criteria));
    return () => {
      leave();
      release();
    };
  };
};

function* logsJson(event: ChainEvent, criteria: LogCriteria): Generator<string | undefined> {
  if (event.kind !== "added" && event.kind !== "removed") return;
  for (const placed of matchLogs(event.block, criteria)) yield placed && logJson(event, placed);
}

const logsOfEvent = new WeakMap<BlockEvent, Map<number, string>>();

function logJson(event: BlockEvent, placed: PlacedLog): string {
  const known = logsOfEvent.get(event) ?? new Map<number, string>();
  logsOfEvent.set(event, known);
  const json =
    known.get(placed.logIndex) ?? JSON.stringify(encodeLog(event.block, placed, event.kind === "removed"));
  known.set(placed.logIndex, json);
  return json;
}

const newPendingTransactions: Topic = ({ feeds }, options) => {
  const isFull = decodeOr(boolean, options, false);
  return (emit, client) =>
    feeds.pool.join(client, emit, (event) => {
      if (event.kind !== "added") return [];
      return [isFull ? transactionJson(event.transaction) : `"${event.transaction.transaction.hash}"`];
    });
};

const syncing: Topic =
  ({ network }) =>
  (emit) =>
    network?.subscribeSync((progress) => emit(JSON.stringify(encodeSync(progress)))) ?? (() => {});

export const ETH_TOPICS: Topics = new Map([
  ["newHeads", newHeads],
  ["logs", logs],
  ["newPendingTransactions", newPendingTransactions],
  ["syncing", syncing],
]);

const ANY_LOG: LogCriteria = {
  blockHash: undefined,
  fromBlock: undefined,
  toBlock: undefined,
  addresses: new Set(),
  topics: [],
  bits: [],
};

function decodeOr<T>(decoder: Decoder<T>, value: unknown, otherwise: T): T {
  return value === undefined || value === null ? otherwise : decoder.decode(value);
}

function encodeSync(progress: SyncProgress | undefined): unknown {
  if (progress === undefined) return false;
  const { startingBlock, currentBlock, highestBlock } = progress;
  return {
    syncing: true,
    status: {
      startingBlock: quantityToHex(startingBlock),
      currentBlock: quantityToHex(currentBlock),
      highestBlock: quantityToHex(highestBlock),
    },
  };
}
