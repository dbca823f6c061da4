import { bytesToHex, type Hex } from "@trellis/base";
import { readShardRecord } from "@trellis/contracts";
import { testMessage } from "@trellis/kit/chainView";
import { type Message as ProtocolMessage, messageId as protocolId, refundOf } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EpochChain } from "../light/testing/EpochChain.ts";
import { type Message, messageId } from "./Message.ts";
import { ProvableShards } from "./testing/ProvableShards.ts";
import { verifyMessage } from "./verifyMessage.ts";

const { trusted } = new EpochChain([{ key: 1, power: 1n }]);

function toClient(message: ProtocolMessage): Message {
  const { to, value, data, ...rest } = message;
  return { ...rest, id: protocolId(message), recipient: to, valueWei: value, data: bytesToHex(data) };
}

function verify(shards: ProvableShards, message: Message) {
  const finality = { ...trusted, checkpoint: shards.checkpoint() };
  const [coordinator, source, destination] = [0, message.source, message.destination].map((shard) =>
    shards.node(shard),
  );
  return verifyMessage(message, finality, {
    coordinator: coordinator!,
    source: source!,
    destination: destination!,
  });
}

const sent = (count: number, fields: Partial<ProtocolMessage> = {}) =>
  Array.from({ length: count }, (_, index) => testMessage({ source: 1, destination: 2, ...fields, index }));

describe("verifyMessage [SHARD-8, SHARD-15]", () => {
  it("proves sending and consumption between any shards", async () => {
    const pairs = [
      [0, 1],
      [1, 0],
      [1, 2],
      [2, 1],
    ] as const;
    for (const [source, destination] of pairs) {
      const shards = new ProvableShards();
      const messages = sent(3, { source, destination });
      shards.send(messages);
      shards.consume(destination, source, 2);
      const results = await Promise.all(messages.map((message) => verify(shards, toClient(message))));
      expect(results).toEqual([
        { isSent: true, isConsumed: true },
        { isSent: true, isConsumed: true },
        { isSent: true, isConsumed: false },
      ]);
      const [next] = sent(4, { source, destination }).slice(3);
      expect(await verify(shards, toClient(next!))).toEqual({ isSent: false, isConsumed: false });
    }
  });

  it("proves a refund like any message", async () => {
    const shards = new ProvableShards();
    const refund = refundOf(testMessage({ source: 2, destination: 1 }), 0);
    shards.send([refund]);
    expect(await verify(shards, toClient(refund))).toMatchObject({ isSent: true });
  });

  it("a shard without a record has no final message", async () => {
    const shards = new ProvableShards();
    const [message] = sent(1);
    shards.send([message!]);
    shards.leaveOut(1);
    expect(await verify(shards, toClient(message!))).toEqual({ isSent: false, isConsumed: false });
  });

  it("LIGHT_PROOF_INVALID: another message, wrong fields, an overwritten head", async () => {
    const shards = new ProvableShards(1);
    const messages = sent(5);
    shards.send(messages);
    const invalid = (message: Message, reason: string) =>
      expect(verify(shards, message)).rejects.toMatchObject({
        code: "LIGHT_PROOF_INVALID",
        facts: { reason },
      });
    const other = { ...messages[2]!, value: 6n };
    await invalid(toClient(other), "the outbox has another message");
    await invalid({ ...toClient(messages[2]!), valueWei: 6n }, "the id is not that of the fields");
    for (const old of [0, 1]) await invalid(toClient(messages[old]!), "the message is too old to be proven");
    for (const kept of [2, 3, 4])
      expect(await verify(shards, toClient(messages[kept]!))).toMatchObject({ isSent: true });
  });

  it("LIGHT_STALE: no checkpoint is proven", async () => {
    const shards = new ProvableShards();
    const nodes = { coordinator: shards.node(0), source: shards.node(1), destination: shards.node(2) };
    await expect(verifyMessage(toClient(testMessage()), trusted, nodes)).rejects.toMatchObject({
      code: "LIGHT_STALE",
    });
  });

  it("no changed answer of a node proves anything else", async () => {
    const shards = new ProvableShards();
    const messages = sent(3);
    shards.send(messages);
    shards.consume(2, 1, 2);
    const message = toClient(messages[2]!);
    const change = fc.record({
      turn: fc.nat(5),
      list: fc.nat(3),
      node: fc.nat(8),
      at: fc.nat(600),
      byte: fc.nat(255),
    });
    await fc.assert(
      fc.asyncProperty(change, fc.boolean(), async ({ turn, list, node, at, byte }, isDropped) => {
        let turns = 0;
        shards.tamper = ({ accountProof, storageProof }) => {
          const lists = [accountProof, ...storageProof.map(({ proof }) => proof)];
          if (turns++ === turn)
            spoil(lists[list % lists.length]!, node, isDropped ? undefined : { at, byte });
          return { accountProof, storageProof };
        };
        try {
          expect(await verify(shards, message)).toEqual({ isSent: true, isConsumed: false });
        } catch (error) {
          expect(["LIGHT_PROOF_INVALID", "NODE_UNREACHABLE"]).toContain((error as { code?: string }).code);
        }
      }),
    );
  });

  it("ids and slots are those of the chain", () => {
    const shards = new ProvableShards();
    const records = shards.records();
    const state = { storage: (_: Hex, slot: Hex) => records.get(BigInt(slot)) ?? 0n };
    const { hash, number, height } = readShardRecord(state as Parameters<typeof readShardRecord>[0], 2);
    expect([hash, number, height]).toEqual([`0x${"b2".repeat(32)}`, 50, 5]);
    const fields = fc.record({
      index: fc.nat(),
      value: fc.bigInt(0n, 2n ** 256n - 1n),
      gasLimit: fc.bigInt(0n, 500_000n),
      expiry: fc.nat(),
      data: fc.uint8Array({ maxLength: 50 }),
      source: fc.integer({ min: 300, max: 65_535 }),
      destination: fc.integer({ min: 0, max: 299 }),
    });
    fc.assert(
      fc.property(fields, (each) => {
        const message = testMessage(each);
        const variants = each.value === 0n ? [message] : [message, refundOf(message, each.index)];
        for (const variant of variants) {
          const { id, ...rest } = toClient(variant);
          expect(messageId(rest)).toBe(id);
        }
      }),
    );
  });
});

function spoil(
  nodes: Hex[],
  position: number,
  change: { readonly at: number; readonly byte: number } | undefined,
): void {
  const index = position % nodes.length;
  if (change === undefined) {
    nodes.splice(index, 1);
    return;
  }
  const bytes = Buffer.from(nodes[index]!.slice(2), "hex");
  bytes[change.at % bytes.length] = change.byte;
  nodes[index] = `0x${bytes.toString("hex")}`;
}
