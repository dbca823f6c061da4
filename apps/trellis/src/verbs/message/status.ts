import type { Hex } from "@trellis/base";
import { isHex } from "@trellis/base";
import { findMessage, messagesOfTransaction, type SeenMessage, waitForMessage } from "@trellis/client/shards";
import { systemClock } from "@trellis/platform/system";
import { formatEther } from "viem";
import { trellisErrors } from "../../errors.ts";
import type { Connection } from "../account/connect.ts";
import { type ActionResult, waiting } from "../account/send.ts";
import { connectToShard } from "./connectToShard.ts";
import type { MessageSettings } from "./settings.ts";

const POLL_MS = 200;
/** A delivery waits for two shards' finality. */
const SETTLED_MS_MAX = 900_000;

/** Of a message, or of all that a transaction sent. */
export async function status(settings: MessageSettings): Promise<ActionResult[]> {
  const wanted = hashOf(settings.operands[0]!);
  const node = await connectToShard(settings);
  const found = await findMessage(node, wanted);
  const messages = found === undefined ? await messagesOfTransaction(node, wanted) : [found];
  if (messages.length === 0) {
    const expected = "the id of a message, or a transaction of --shard that sent or delivered one";
    throw trellisErrors.INPUT_INVALID({ what: "message", got: wanted, expected, shard: settings.shard });
  }
  const settled = settings.wait
    ? await Promise.all(messages.map(({ id }) => waitUntilSettled(node, id)))
    : messages;
  return settled.map(shownMessage);
}

export function waitUntilSettled(node: Connection, id: Hex): Promise<SeenMessage> {
  const ports = { clock: systemClock, scheduler: waiting };
  return waitForMessage(node, id, { pollMs: POLL_MS, timeoutMs: SETTLED_MS_MAX }, ports);
}

export function shownMessage(message: SeenMessage): ActionResult {
  const { id, source, destination, sender, recipient, valueWei, sent, delivery, refunded } = message;
  return {
    message: id,
    status: message.status,
    ...{ source, destination, sender, recipient },
    valueCoins: formatEther(valueWei),
    sentBlock: sent?.height ?? null,
    sentTransaction: sent?.transactionHash ?? null,
    deliveryBlock: delivery?.height ?? null,
    deliveryTransaction: delivery?.transactionHash ?? null,
    outcome: delivery?.outcome ?? null,
    refundBlock: refunded?.height ?? null,
  };
}

function hashOf(text: string): Hex {
  if (isHex(text, 32)) return text.toLowerCase() as Hex;
  const expected = "0x and 64 hexadecimal digits";
  throw trellisErrors.INPUT_INVALID({ what: "message", got: text.slice(0, 80), expected });
}
