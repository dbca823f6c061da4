import { VirtualTime } from "@trellis/kit/time";
import { expect, it } from "vitest";
import { CountingMetrics } from "../peers/testing/TestPeers.ts";
import { TEST_PARAMETERS } from "../sync/testing/testChain.ts";
import type { Transport, TransportHandlers } from "../transport/Transport.ts";
import { createWire } from "../wire/index.ts";
import { measureMessages } from "./measureMessages.ts";

const wire = createWire(TEST_PARAMETERS);
const { hello, bodies } = wire.protocols;
const OPTIONS = { timeoutMs: 1_000, answerBytesMax: 100 };

async function open() {
  const time = new VirtualTime(0);
  const metrics = new CountingMetrics();
  const seconds: number[] = [];
  let handlers: TransportHandlers | undefined;
  const transport = {
    start: async (given: TransportHandlers) => {
      handlers = given;
    },
    async request(peer: string) {
      await time.wait(250);
      if (peer === "dead") throw new Error("no response");
      return new Uint8Array(7);
    },
    publish() {},
  } as unknown as Transport;
  const histogram = () => ({ observe: (value: number) => void seconds.push(value) });
  const measured = measureMessages(transport, wire, {
    metrics: Object.assign(metrics, { histogram }),
    clock: time,
  });
  const served = { answer: async () => new Uint8Array(9), judge: async () => "accept" };
  await measured.start(served as unknown as TransportHandlers, [], []);
  const request = async (peer: string, protocol: string) => {
    const answer = measured.request(peer, protocol, new Uint8Array(3), OPTIONS).catch(() => undefined);
    await time.run(1_000);
    return answer;
  };
  const counts = () =>
    Object.fromEntries(
      [...metrics.values].map(([key, value]) => [key.replace("trellis_network_", ""), value]),
    );
  return { measured, request, counts, seconds, handlers: () => handlers! };
}

it("counts requests and answers in both directions, and times only hellos", async () => {
  const { request, counts, seconds, handlers } = await open();
  await request("a", hello.id);
  await request("a", bodies.id);
  await request("dead", bodies.id);
  await handlers().answer("a", bodies.id, new Uint8Array(5));
  expect(seconds).toEqual([0.25]);
  expect(counts()).toEqual({
    "messages_total hello sent": 1,
    "message_bytes_total hello sent": 3,
    "messages_total hello received": 1,
    "message_bytes_total hello received": 7,
    "messages_total bodies sent": 3,
    "message_bytes_total bodies sent": 15,
    "messages_total bodies received": 2,
    "message_bytes_total bodies received": 12,
  });
});

it("counts gossip apart from requests, and names that are not ours together", async () => {
  const { measured, counts, handlers } = await open();
  measured.publish(wire.topics.blocks.id, new Uint8Array(20));
  await handlers().judge(wire.topics.blocks.id, new Uint8Array(30), "a");
  for (const topic of ["/x/1", "/x/2"]) await handlers().judge(topic, new Uint8Array(1), "a");
  expect(counts()).toEqual({
    "messages_total gossip-blocks sent": 1,
    "message_bytes_total gossip-blocks sent": 20,
    "messages_total gossip-blocks received": 1,
    "message_bytes_total gossip-blocks received": 30,
    "messages_total unknown received": 2,
    "message_bytes_total unknown received": 2,
  });
});
