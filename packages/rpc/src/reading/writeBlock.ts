import { type ChainBlock, EncodedJson } from "@trellis/protocol";
import { encodeBlock } from "../encoding/block.ts";
import { encodeReceipt } from "../encoding/receipt.ts";
import { encodeAcceptedTransaction } from "../encoding/transaction.ts";
import type { Pacing } from "../guards/ScanLane.ts";
import type { RpcLimits } from "../options.ts";
import { writeList } from "./AnswerList.ts";

type Limits = Pick<RpcLimits, "responseBytesMax">;

/**
 * A chain block with its transactions in full, written in slices.
 * @throws RPC_RESPONSE_TOO_LARGE, RPC_CLIENT_GONE, RPC_CALL_TIMED_OUT
 */
export async function writeFullBlock(
  limits: Limits,
  block: ChainBlock,
  pacing: Pacing,
): Promise<EncodedJson> {
  const { length } = block.transactions;
  const transactions = await writeList(
    limits,
    length,
    (index) => encodeAcceptedTransaction(block, index),
    pacing,
  );
  const rest = JSON.stringify({ ...encodeBlock(block), transactions: undefined });
  return new EncodedJson(`${rest.slice(0, -1)},"transactions":${transactions.text()}}`);
}

/**
 * All receipts of a chain block, written in slices.
 * @throws RPC_RESPONSE_TOO_LARGE, RPC_CLIENT_GONE, RPC_CALL_TIMED_OUT
 */
export function writeReceipts(limits: Limits, block: ChainBlock, pacing: Pacing): Promise<EncodedJson> {
  const { length } = block.transactions;
  return writeList(limits, length, (index) => encodeReceipt(block, index), pacing);
}
