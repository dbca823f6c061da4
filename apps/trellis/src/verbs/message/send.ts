import type { Hex } from "@trellis/base";
import { type ChainClient, clientErrors } from "@trellis/client/account";
import { SHARD_GATEWAY, sendAcross, shardGatewayAbi } from "@trellis/client/shards";
import type { ProcessIo } from "@trellis/platform/service";
import { toEventSelector } from "viem";
import { trellisErrors } from "../../errors.ts";
import { openKey } from "../account/openKey.ts";
import {
  type ActionResult,
  accountOf,
  addressOf,
  COIN_DECIMALS,
  includedResult,
  requireValidKey,
  unitsOf,
} from "../account/send.ts";
import { connectToShard } from "./connectToShard.ts";
import type { MessageSettings } from "./settings.ts";
import { shownMessage, waitUntilSettled } from "./status.ts";

const SHARD_MAX = 65_535;

export async function send(settings: MessageSettings, io: ProcessIo): Promise<ActionResult> {
  const [subject, shard, to, amount] = settings.operands as [string, string, string, string];
  const message = {
    destination: shardOf(shard),
    to: addressOf(to),
    valueWei: unitsOf(amount, COIN_DECIMALS),
    gasLimit: BigInt(settings.gasLimit),
    data: settings.data as Hex,
  };
  const connection = await connectToShard(settings);
  const opened = await openKey(settings, { subject, connection: async () => connection }, io);
  const account = accountOf(settings, opened, connection);
  await requireValidKey(account);
  const { hash } = await sendAcross(account, message);
  const included = await includedResult(connection.client, hash, "included");
  const id = await sentMessage(connection.client, hash);
  const sent = { account: account.address, message: id, ...included };
  if (!settings.wait) return sent;
  return { ...sent, ...shownMessage(await waitUntilSettled(connection, id)) };
}

function shardOf(text: string): number {
  const shard = /^\d{1,5}$/.test(text) ? Number(text) : SHARD_MAX + 1;
  if (shard <= SHARD_MAX) return shard;
  throw trellisErrors.INPUT_INVALID({ what: "shard", got: text.slice(0, 80), expected: "a shard's number" });
}

const SENT = toEventSelector(
  shardGatewayAbi.find((item) => item.type === "event" && item.name === "MessageSent")!,
);

/** From the gateway's log, so that no index is needed. */
async function sentMessage(client: ChainClient, transaction: Hex): Promise<Hex> {
  const block = (await client.receipt(transaction))?.block;
  const range = block && { fromHeight: block.height, toHeight: block.height };
  const logs = range ? await client.logs({ address: SHARD_GATEWAY, topics: [SENT], ...range }) : [];
  const id = logs.find(({ transactionHash }) => transactionHash === transaction)?.topics[1];
  if (id === undefined) throw clientErrors.NODE_BLOCK_UNKNOWN({ transaction, height: block?.height });
  return id;
}
