import { hexToBytes } from "@trellis/base";
import { deliveredLog, FakeChainView, sentLog, testMessage } from "@trellis/kit/chainView";
import { type LogEntry, messageId } from "@trellis/protocol";
import fc from "fast-check";
import { expect, it } from "vitest";
import { SHARD_GATEWAY_ADDRESS } from "../addresses.ts";
import { blockMessages } from "./blockMessages.ts";
import { DELIVERY_OUTCOMES, deliveryOutcome, sentMessage } from "./gatewayLogs.ts";

const message = fc
  .record({
    index: fc.nat(),
    value: fc.bigInt(0n, 2n ** 256n - 1n),
    data: fc.uint8Array({ maxLength: 80 }),
    destination: fc.integer({ min: 1, max: 65_535 }),
  })
  .map(testMessage);

it("SHARD-5: a sent message's log has the message", () => {
  fc.assert(
    fc.property(message, (sent) => {
      expect(sentMessage(sentLog(sent))).toEqual(sent);
      for (const outcome of DELIVERY_OUTCOMES)
        expect(deliveryOutcome([deliveredLog(sent, outcome)])).toBe(outcome);
    }),
  );
});

it("MESSAGE_INVALID for any other data with the gateway's address and topic", () => {
  const { topics } = sentLog(testMessage());
  const data = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.tuple(message, fc.nat(300), fc.nat(255)).map(([sent, at, byte]) => {
      const changed = hexToBytes(`0x${Buffer.from(sentLog(sent).data).toString("hex")}`);
      changed[at % changed.length] = byte;
      return changed;
    }),
  );
  fc.assert(
    fc.property(data, (bytes) => {
      const log: LogEntry = { address: SHARD_GATEWAY_ADDRESS, topics, data: bytes };
      try {
        expect(sentMessage(log)).toBeDefined();
      } catch (error) {
        expect(error).toMatchObject({ code: "MESSAGE_INVALID" });
      }
      const outcome = deliveryOutcome([{ ...log, topics: deliveredLog(testMessage(), "executed").topics }]);
      expect([undefined, ...DELIVERY_OUTCOMES]).toContain(outcome);
    }),
  );
});

it("a block's messages are in the order of their logs, numbered like JSON-RPC's", () => {
  const sent = fc.uniqueArray(message, { maxLength: 4, selector: messageId });
  fc.assert(
    fc.property(sent, sent, fc.nat(3), (delivered, others, noise) => {
      const chain = new FakeChainView({ shard: 1, count: 2 });
      const plain = Array.from({ length: noise }, () => ({ ...sentLog(testMessage()), topics: [] }));
      const block = chain.add({
        deliveries: delivered.map((each) => ({
          message: each,
          logs: [...plain, ...others.map(sentLog), deliveredLog(each, "executed")],
        })),
      });
      const found = [...blockMessages(block)].filter((each) => each !== undefined);
      const perDelivery = noise + others.length + 1;
      const expected = delivered.flatMap((each, at) => [
        ...others.map((other, index) => [messageId(other), at * perDelivery + noise + index, undefined]),
        [messageId(each), (at + 1) * perDelivery - 1, "executed"],
      ]);
      expect(found.map(({ id, logIndex, outcome }) => [id, logIndex, outcome])).toEqual(expected);
    }),
    { numRuns: 50 },
  );
});
