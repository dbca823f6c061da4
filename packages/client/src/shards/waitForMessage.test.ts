import { bytesToHex, type Hex, hexToBytes, type Scheduler } from "@trellis/base";
import { encodeCall } from "@trellis/contracts";
import { testMessage } from "@trellis/kit/chainView";
import { deliveryHash, messageId, refundOf } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clientErrors } from "../errors.ts";
import type { SeenMessage } from "./Message.ts";
import { crossShardCall, sendAcross } from "./sendAcross.ts";
import { findMessage, type MessageWait, messagesOfTransaction, waitForMessage } from "./waitForMessage.ts";

const message = testMessage();
const id = messageId(message);
const refund = messageId(refundOf(message, 0));
const TRANSACTION: Hex = `0x${"77".repeat(32)}`;
const place = {
  shard: 1,
  blockNumber: "0x5",
  blockHash: `0x${"55".repeat(32)}`,
  timestampMs: "0x10",
  transactionHash: TRANSACTION,
  logIndex: "0x0",
  isFinal: true,
};

function answer(status: string, fields: object = {}) {
  const { kind, source, destination, sender, to, data } = message;
  return {
    ...{ id, kind, source, destination, sender, recipient: to, status, data: bytesToHex(data) },
    ...{ index: "0x0", value: "0x5", gasLimit: "0xea60", expiry: `0x${message.expiry.toString(16)}` },
    ...{ sent: place, delivery: null, refunded: null, refundOf: null, unknownShards: [], ...fields },
  };
}

const delivered = { delivery: { ...place, outcome: "executed", refund: null } };
const failed = { delivery: { ...place, outcome: "reverted", refund } };

/** Answers one after another; the last one again. */
function nodeWith(...answers: readonly unknown[]) {
  const rest = [...answers];
  return {
    name: "test",
    request: async () => {
      const next = rest.length > 1 ? rest.shift() : rest[0];
      if (next instanceof Error) throw next;
      return next;
    },
  };
}

function wait(answers: readonly unknown[], options: Partial<MessageWait> = {}): Promise<SeenMessage> {
  let nowMs = 0;
  const scheduler: Scheduler = {
    after(delayMs, task) {
      nowMs += delayMs;
      queueMicrotask(task);
      return { cancel() {} };
    },
  };
  const wanted = { pollMs: 10, timeoutMs: 100, ...options };
  return waitForMessage(nodeWith(...answers), id, wanted, { clock: { nowMs: () => nowMs }, scheduler });
}

describe("waiting for a message", () => {
  it("until it is delivered, through answers of all statuses", async () => {
    const seen: string[] = [];
    const away = clientErrors.NODE_UNREACHABLE({ node: "test" });
    const answers = [null, answer("pending"), away, answer("finalized"), answer("acknowledged")];
    const found = await wait([...answers, answer("delivered", delivered)], {
      changed: ({ status }) => seen.push(status),
    });
    expect(seen).toEqual(["pending", "finalized", "acknowledged", "delivered"]);
    expect(found).toMatchObject({ id, valueWei: 5n, delivery: { height: 5, outcome: "executed" } });
  });

  it("until the value is back, or at once if there is none", async () => {
    const refunded = { ...failed, refunded: { ...place, id: refund } };
    const found = await wait([answer("failed", failed), answer("refunded", refunded)]);
    expect(found).toMatchObject({ status: "refunded", refunded: { id: refund } });
    const free = testMessage({ value: 0n });
    const node = nodeWith({ ...answer("failed", failed), value: "0x0", id: messageId(free) });
    expect(await findMessage(node, messageId(free))).toMatchObject({ status: "failed", valueWei: 0n });
  });

  it("until the last block is final", async () => {
    const early = { delivery: { ...delivered.delivery, isFinal: false } };
    const answers = [answer("delivered", early), answer("delivered", delivered)];
    expect((await wait(answers)).delivery?.isFinal).toBe(false);
    expect((await wait(answers, { isFinal: true })).delivery?.isFinal).toBe(true);
  });

  it("MESSAGE_NOT_DELIVERED", async () => {
    const facts = { message: id, status: "finalized", timeoutMs: 100 };
    await expect(wait([answer("finalized")])).rejects.toMatchObject({ code: "MESSAGE_NOT_DELIVERED", facts });
    const unknown = await wait([null]).catch((error) => error);
    expect(unknown).toMatchObject({ code: "MESSAGE_NOT_DELIVERED", facts: { status: "unknown" } });
    expect(unknown.cause).toBeUndefined();
    const away = clientErrors.NODE_UNREACHABLE({ node: "test" });
    await expect(wait([away])).rejects.toMatchObject({ code: "MESSAGE_NOT_DELIVERED", cause: away });
  });

  it("passes on a refusal", async () => {
    await expect(wait([clientErrors.NODE_REFUSED({ node: "test" })])).rejects.toMatchObject({
      code: "NODE_REFUSED",
    });
  });
});

describe("answers of a node", () => {
  it("are found by the hash of a delivery, and by the sending transaction", async () => {
    const found = await findMessage(nodeWith(answer("delivered", delivered)), TRANSACTION);
    expect(found?.id).toBe(id);
    const other = { ...place, transactionHash: deliveryHash(message) };
    const items = [answer("pending"), answer("delivered", { sent: other })];
    const sent = await messagesOfTransaction(nodeWith({ items, cursor: null }), TRANSACTION);
    expect(sent.map(({ status }) => status)).toEqual(["pending"]);
  });

  it("NODE_UNREACHABLE: other messages, or fields that do not hash to the id", async () => {
    const refused = (given: unknown, wanted: Hex = id) =>
      expect(findMessage(nodeWith(given), wanted)).rejects.toMatchObject({ code: "NODE_UNREACHABLE" });
    await refused(answer("pending"), refund);
    await refused({ ...answer("pending"), value: "0x6" });
    await refused({ ...answer("pending"), source: 70_000 });
    await refused(answer("lost"));
    await refused(5);
  });

  it("never become other messages, however they are changed", async () => {
    const base = answer("refunded", { ...failed, refunded: { ...place, id: refund } });
    const names = fc.constantFrom(...Object.keys(base));
    const known = await findMessage(nodeWith(base), id);
    await fc.assert(
      fc.asyncProperty(names, fc.jsonValue(), async (name, value) => {
        try {
          const {
            id: found,
            sender,
            recipient,
            valueWei,
          } = (await findMessage(nodeWith({ ...base, [name]: value }), id))!;
          expect({ found, sender, recipient, valueWei }).toEqual({
            ...{ found: id, sender: known!.sender, recipient: known!.recipient, valueWei: known!.valueWei },
          });
        } catch (error) {
          expect(error).toMatchObject({ code: "NODE_UNREACHABLE" });
        }
      }),
    );
  });
});

it("sendAcross calls the gateway", async () => {
  const wanted = { destination: 3, to: message.to, valueWei: 9n, gasLimit: 50_000n, data: "0x0102" } as const;
  const words = [3n, BigInt(message.to), 50_000n, hexToBytes("0x0102")];
  const call = {
    to: `0x${"00".repeat(18)}5007`,
    data: bytesToHex(encodeCall("send(uint16,address,uint64,bytes)", words)),
    valueWei: 9n,
  };
  expect(crossShardCall(wanted)).toEqual(call);
  const sender = { send: async (given: object) => ({ given }) as never };
  expect(await sendAcross(sender, wanted)).toEqual({ given: call });
  expect(crossShardCall({ destination: 1, to: message.to }).valueWei).toBe(0n);
});
