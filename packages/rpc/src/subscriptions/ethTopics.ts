import { quantityToHex } from "@trellis/base";
import type { PooledTransaction, SyncProgress } from "@trellis/protocol";
import { boolean, type Decoder } from "../decoding/Decoder.ts";
import { type LogCriteria, logCriteria } from "../decoding/logCriteria.ts";
import { encodeHeader } from "../encoding/block.ts";
import { encodeLog } from "../encoding/log.ts";
import { encodePendingTransaction } from "../encoding/transaction.ts";
import { matchLogs } from "../reading/matchLogs.ts";
import { encodedOnce } from "./encodedOnce.ts";
import type { Topic, Topics } from "./Topic.ts";

const headerJson = encodedOnce(encodeHeader);
const transactionJson = encodedOnce((pooled: PooledTransaction) => encodePendingTransaction(pooled));

/** Headers of blocks that join the selected chain; after a reorganisation a number comes again. [RPC-14] */
const newHeads: Topic =
  ({ chain }) =>
  (emit) =>
    chain.subscribe((event) => {
      if (event.kind === "added") emit(headerJson(event.block));
    });

/** Logs of blocks that join the selected chain, and once more with `removed` when their block leaves it. */
const logs: Topic = ({ chain, logItems }, options) => {
  const criteria = decodeOr(logCriteria, options, ANY_LOG);
  return (emit) => {
    const release = logItems.hold(criteria);
    const unsubscribe = chain.subscribe((event) => {
      if (event.kind !== "added" && event.kind !== "removed") return;
      const { block } = event;
      for (const placed of matchLogs(block, criteria)) {
        emit(JSON.stringify(encodeLog(block, placed, event.kind === "removed")));
      }
    });
    return () => {
      unsubscribe();
      release();
    };
  };
};

/** Transactions that enter the pool: their hashes, or with `true` in full. */
const newPendingTransactions: Topic = ({ pool }, options) => {
  const isFull = decodeOr(boolean, options, false);
  return (emit) =>
    pool.subscribe((event) => {
      if (event.kind !== "added") return;
      emit(isFull ? transactionJson(event.transaction) : `"${event.transaction.transaction.hash}"`);
    });
};

/** Begin and end of catching up with the network. */
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
