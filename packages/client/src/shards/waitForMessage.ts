import { type Clock, type Hex, isTrellisError, type Scheduler, type TrellisError } from "@trellis/base";
import { clientErrors } from "../errors.ts";
import { AnswerReader } from "../evm/AnswerReader.ts";
import type { RpcRequest } from "../evm/createRpcChainView.ts";
import { readMessage, type SeenMessage } from "./Message.ts";

export interface ShardNode {
  readonly name: string;
  /** Of any shard that has the message, on a node that follows source and destination. */
  readonly request: RpcRequest;
}

export interface MessageWait {
  readonly pollMs: number;
  readonly timeoutMs: number;
  /** Also waits until the last block is final. */
  readonly isFinal?: boolean;
  readonly changed?: (message: SeenMessage) => void;
}

/** @throws NODE_UNREACHABLE, NODE_REFUSED */
export async function findMessage({ name, request }: ShardNode, id: Hex): Promise<SeenMessage | undefined> {
  const read = new AnswerReader(name);
  const answer = await request("trellis_getMessage", [id]);
  if (answer === null) return undefined;
  const message = readMessage(read, answer);
  const isAsked = message.id === id || message.delivery?.transactionHash === id;
  if (!isAsked) throw read.invalid("the message that was asked for");
  return message;
}

/** In the order of their logs. @param request of the source shard @throws NODE_UNREACHABLE, NODE_REFUSED */
export async function messagesOfTransaction(
  { name, request }: ShardNode,
  transaction: Hex,
): Promise<readonly SeenMessage[]> {
  const read = new AnswerReader(name);
  const answer = read.object(
    await request("trellis_getMessages", [{ transaction }, { count: "0x64" }]),
    "messages",
  );
  const messages = read.list(answer.items, "messages").map((item) => readMessage(read, item));
  return messages.filter(({ sent }) => sent?.transactionHash === transaction).reverse();
}

/**
 * Until it is delivered, or its value is back.
 * @throws MESSAGE_NOT_DELIVERED, caused by the node's last error if it did not answer; the node's permanent errors
 */
export async function waitForMessage(
  node: ShardNode,
  id: Hex,
  { pollMs, timeoutMs, isFinal = false, changed }: MessageWait,
  { clock, scheduler }: { readonly clock: Clock; readonly scheduler: Scheduler },
): Promise<SeenMessage> {
  const endMs = clock.nowMs() + timeoutMs;
  let last: SeenMessage | undefined;
  for (;;) {
    const { seen, failure } = await look(node, id);
    if (seen !== undefined && seen.status !== last?.status) changed?.(seen);
    last = seen ?? last;
    if (seen !== undefined && isSettled(seen, isFinal)) return seen;
    if (clock.nowMs() >= endMs)
      throw clientErrors.MESSAGE_NOT_DELIVERED(
        { message: id, status: last?.status ?? "unknown", timeoutMs },
        failure,
      );
    await new Promise<void>((resolve) => scheduler.after(pollMs, resolve));
  }
}

function isSettled({ status, valueWei, delivery, refunded }: SeenMessage, isFinal: boolean): boolean {
  const place = status === "refunded" ? refunded : delivery;
  const isEnd = status === "delivered" || status === "refunded" || (status === "failed" && valueWei === 0n);
  return isEnd && (!isFinal || place?.isFinal === true);
}

interface Look {
  readonly seen?: SeenMessage | undefined;
  /** Of a node that can answer later. */
  readonly failure?: TrellisError;
}

async function look(node: ShardNode, id: Hex): Promise<Look> {
  try {
    return { seen: await findMessage(node, id) };
  } catch (error) {
    if (isTrellisError(error) && error.consequence === "retry") return { failure: error };
    throw error;
  }
}
