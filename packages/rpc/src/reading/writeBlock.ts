import {
  type BlockReader,
  blockEntries,
  type ChainBlock,
  EncodedJson,
  entryCount,
  type Hash,
} from "@trellis/protocol";
import { encodeBlock } from "../encoding/block.ts";
import { encodeLog, placedLogs } from "../encoding/log.ts";
import { encodeReceiptFields } from "../encoding/receipt.ts";
import { encodeAcceptedTransaction } from "../encoding/transaction.ts";
import type { Pacing } from "../guards/ScanLane.ts";
import type { RpcLimits } from "../options.ts";
import { AnswerList, writeList } from "./AnswerList.ts";

type Limits = Pick<RpcLimits, "responseBytesMax">;

/** Null if the block was pruned after planning. */
export async function writeBlock(
  blocks: Pick<BlockReader, "blockByHash">,
  { hash, isFull }: { readonly hash: Hash; readonly isFull: boolean },
  limits: Limits,
  pacing: Pacing,
): Promise<EncodedJson> {
  const block = blocks.blockByHash(hash);
  if (block === undefined) return NULL;
  if (!isFull) return new EncodedJson(JSON.stringify(encodeBlock(block)));
  const length = entryCount(block);
  const transaction = (index: number) => encodeAcceptedTransaction(block, index);
  const transactions = await writeList(limits, length, transaction, pacing);
  const rest = JSON.stringify({ ...encodeBlock(block), transactions: undefined });
  return new EncodedJson(`${rest.slice(0, -1)},"transactions":${transactions.text()}}`);
}

export async function writeReceipts(
  blocks: Pick<BlockReader, "blockByHash">,
  hash: Hash,
  limits: Limits,
  pacing: Pacing,
): Promise<EncodedJson> {
  const block = blocks.blockByHash(hash);
  if (block === undefined) return NULL;
  const list = new AnswerList(limits);
  for (const index of blockEntries(block).keys()) {
    list.addJson(await receiptJson(block, index, list.rest, pacing));
    if (pacing.isDue) await pacing.pause();
  }
  return list.toJson();
}

/** Null if no block accepted the transaction. */
export async function writeReceipt(
  blocks: Pick<BlockReader, "blockByHash">,
  task: { readonly blocks: readonly Hash[]; readonly transaction: Hash },
  limits: Limits,
  pacing: Pacing,
): Promise<EncodedJson> {
  for (const hash of task.blocks) {
    const block = blocks.blockByHash(hash);
    if (block === undefined) continue;
    const index = blockEntries(block).findIndex(
      ({ receipt }) => receipt.transactionHash === task.transaction,
    );
    if (index < 0) continue;
    return new EncodedJson(await receiptJson(block, index, limits, pacing));
  }
  return NULL;
}

const NULL = new EncodedJson("null");

/** Log by log: a receipt can have 100,000. [RPC-26] */
async function receiptJson(
  block: ChainBlock,
  index: number,
  limits: Limits,
  pacing: Pacing,
): Promise<string> {
  const logs = new AnswerList(limits);
  for (const placed of placedLogs(block, index)) {
    logs.add(encodeLog(block, placed, false));
    if (pacing.isDue) await pacing.pause();
  }
  const rest = JSON.stringify(encodeReceiptFields(block, index));
  return `${rest.slice(0, -1)},"logs":${logs.toJson().text()}}`;
}
