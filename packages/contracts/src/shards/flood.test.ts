import { hexToBytes } from "@trellis/base";
import {
  type Address,
  EMPTY_OUTBOX_HEAD,
  type Message,
  messageId,
  nextOutboxHead,
  type SystemCall,
  ZERO_HASH,
} from "@trellis/protocol";
import { encodeFunctionData } from "viem";
import { expect, it } from "vitest";
import {
  deliverCall,
  readInbox,
  readOutbox,
  readOutboxHead,
  SHARD_GATEWAY_ADDRESS,
  ShardGateway,
  synchronizeCall,
} from "../index.ts";
import { TestShard, testNetwork } from "./testing/TestShard.ts";

/** A million takes minutes. */
const MESSAGES = Number(process.env.TRELLIS_FLOOD_MESSAGES ?? 20_000);
/** The default. */
const QUEUE_MAX = 1_024;
const LIFETIME = 604_800;
const FLOODER: Address = `0x${"f1".repeat(20)}`;
const TO: Address = `0x${"b2".repeat(20)}`;
/** Calls the gateway with its own data and 1 wei, again and again until the gateway refuses. */
const FLOODER_CODE = hexToBytes("0x365f5f375b5f5f365f60016150075af160045700");

const flood: SystemCall = {
  to: FLOODER,
  value: 0n,
  data: hexToBytes(
    encodeFunctionData({ abi: ShardGateway.abi, functionName: "send", args: [2, TO, 0n, "0x"] }),
  ),
  gasLimit: 1_000_000_000n,
};

it(`${MESSAGES} messages to one shard: the queue limits them, and storage stays bounded [SHARD-9.1]`, () => {
  const network = testNetwork(3, QUEUE_MAX, LIFETIME);
  const [source, destination] = [new TestShard(network, 1), new TestShard(network, 2)];
  source.state.setCode(FLOODER, FLOODER_CODE);
  source.state.setBalance(FLOODER, BigInt(2 * MESSAGES));
  const limits = source.state.storage(SHARD_GATEWAY_ADDRESS, ZERO_HASH);
  let head = EMPTY_OUTBOX_HEAD;
  let height = 0;
  for (let first = 0; first < MESSAGES; first += QUEUE_MAX) {
    expect(source.block([flood])).toEqual([true]);
    const { sent } = readOutbox(source.state, 2);
    expect(sent).toBe(first + QUEUE_MAX);
    const messages = Array.from({ length: QUEUE_MAX }, (_, at) => sentMessage(first + at, source.timestamp));
    head = messages.map(messageId).reduce(nextOutboxHead, head);
    expect(readOutboxHead(source.state, 2, sent - 1, QUEUE_MAX)).toBe(head);
    height += 1;
    const known = synchronizeCall({ source: 1, height, sent, acknowledged: 0 });
    const delivered = destination.block([known, ...messages.map(deliverCall)]);
    expect(delivered.every((isSuccess) => isSuccess)).toBe(true);
    const { next } = readInbox(destination.state, 1);
    expect(source.block([synchronizeCall({ source: 2, height, sent: 0, acknowledged: next })])).toEqual([
      true,
    ]);
  }
  const { sent, value } = readOutbox(source.state, 2);
  expect(sent).toBeGreaterThanOrEqual(MESSAGES);
  expect(destination.balance(TO)).toBe(BigInt(sent));
  expect([value, source.balance(SHARD_GATEWAY_ADDRESS)]).toEqual([BigInt(sent), BigInt(sent)]);
  // The constants; one destination's outbox, value, inbox and ring.
  expect(source.state.storageOf(SHARD_GATEWAY_ADDRESS).size).toBe(1 + 3 + 4 * QUEUE_MAX);
  expect(destination.state.storageOf(SHARD_GATEWAY_ADDRESS).size).toBeLessThan(6);
  expect(source.state.storage(SHARD_GATEWAY_ADDRESS, ZERO_HASH)).toBe(limits);
});

it("SHARD-3: no governance changes the limits of queues: only these functions write", () => {
  const writing = ShardGateway.abi.flatMap((entry) =>
    entry.type === "function" &&
    (entry.stateMutability as string) !== "view" &&
    entry.stateMutability !== "pure"
      ? [entry.name]
      : [],
  );
  expect(writing.toSorted()).toEqual(["deliver", "send", "synchronize"]);
});

function sentMessage(index: number, timestamp: number): Message {
  const expiry = timestamp + LIFETIME;
  const data = new Uint8Array(0);
  return {
    ...{ kind: "call", source: 1, destination: 2, index, sender: FLOODER, to: TO },
    ...{ value: 1n, gasLimit: 0n, expiry, data },
  };
}
