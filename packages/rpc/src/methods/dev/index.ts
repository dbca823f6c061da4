import { type Decoder, malformed } from "../../decoding/Decoder.ts";
import { count } from "../../decoding/hex.ts";
import { rpcErrors } from "../../errors.ts";
import type { RpcNode } from "../../RpcNode.ts";
import { defineMethod, optional, WEIGHTS } from "../Method.ts";
import { DEV_COMMANDS, nextTime } from "./commands.ts";
import { commandsOf } from "./defineCommand.ts";
import { seconds } from "./devDecoders.ts";

const dev = { role: "dev", weight: WEIGHTS.execute } as const;

const BLOCKS_MAX = 1_000;

const blockCount: Decoder<number> = {
  schema: count.schema,
  decode(value) {
    const number = count.decode(value);
    return number >= 1 && number <= BLOCKS_MAX
      ? number
      : malformed(`mine between 1 and ${BLOCKS_MAX} blocks`);
  },
};

export const devMethods = [
  defineMethod({
    ...dev,
    name: "trellis_mine",
    summary: "Mines blocks at once and returns their hashes.",
    params: [optional("count", blockCount, 1)],
    handle: (node, [blocks]) => mine(node, blocks),
  }),
  defineMethod({
    ...dev,
    name: "evm_mine",
    summary: "Mines a block at once, at a time in seconds if one is given.",
    params: [optional("timestamp", seconds)],
    async handle(node, [timestamp], { connection }) {
      const commands = timestamp === undefined ? node.devControl?.commands : commandsOf(node);
      if (typeof commands !== "object") await mine(node, 1);
      else {
        const at = timestamp === undefined ? {} : { timestampMs: nextTime(node, commands, timestamp) };
        await commands.mine({ count: 1, intervalMs: 0, ...at, isOver: () => connection.isGone });
      }
      return "0x0";
    },
  }),
  ...DEV_COMMANDS.flatMap(({ methods }) => methods),
];

async function mine({ devControl }: Pick<RpcNode, "devControl">, blocks: number): Promise<readonly string[]> {
  if (devControl === undefined)
    throw rpcErrors.RPC_REQUEST_REFUSED({ reason: "this node does not mine on demand" });
  return devControl.mine(blocks);
}
