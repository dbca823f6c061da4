import { silentTracing, type TraceContext, type Tracing } from "@trellis/base";
import { VirtualTime } from "@trellis/kit/time";
import type { Hash } from "@trellis/protocol";
import { expect, it } from "vitest";
import { TestGuard } from "../sync/testing/TestNode.ts";
import { TEST_PARAMETERS } from "../sync/testing/testChain.ts";
import { createWire } from "../wire/index.ts";
import { TRACE_RATE } from "./limits.ts";
import { TraceRelay } from "./TraceRelay.ts";

const wire = createWire(TEST_PARAMETERS);
const { id, codec } = wire.topics.traces;
const PEER = "peer";
const hashOf = (number: number): Hash => `0x${number.toString(16).padStart(64, "0")}`;
const contextOf = (number: number): TraceContext => ({
  traceId: number.toString(16).padStart(32, "0"),
  spanId: "00000000000000aa",
  isSampled: true,
});

function open() {
  const clock = new VirtualTime();
  const guard = new TestGuard();
  const known = new Map<string, TraceContext>();
  const sent: Uint8Array[] = [];
  const tracing: Tracing = {
    ...silentTracing,
    remember: (key, context) => void known.set(key, context!),
    recall: (keys) => [...keys].map((key) => known.get(key)).find((context) => context !== undefined),
  };
  const transport = { publish: (_topic: string, message: Uint8Array) => void sent.push(message) };
  const relay = new TraceRelay({ wire, transport, guard, clock, tracing });
  const hear = (numbers: readonly number[]) => {
    const traces = numbers.map((number) => ({ hash: hashOf(number), ...contextOf(number) }));
    return relay.judge(id, codec.encode({ traces }), PEER);
  };
  return { clock, guard, known, sent, relay, hear };
}

it("only contexts of sampled transactions are sent, and a message is short [NET-27]", () => {
  const { relay, known, sent } = open();
  relay.announce([hashOf(1), hashOf(2)]);
  expect(sent).toEqual([]);
  for (let number = 1; number <= 40; number++) known.set(hashOf(number), contextOf(number));
  relay.announce(known.keys().map((key) => key as Hash));
  expect(sent).toHaveLength(1);
  expect(codec.decode(sent[0]!).traces).toHaveLength(32);
});

it("a received context is kept and forwarded once, and never replaces the node's own [NET-27]", async () => {
  const { known, hear } = open();
  known.set(hashOf(1), contextOf(9));
  expect(await hear([1])).toBe("ignore");
  expect(await hear([1, 2])).toBe("accept");
  expect(await hear([1, 2])).toBe("ignore");
  expect(known).toEqual(
    new Map([
      [hashOf(1), contextOf(9)],
      [hashOf(2), contextOf(2)],
    ]),
  );
});

it("peers cannot make a node record more than the rate, whichever their number [NET-27]", async () => {
  const { clock, known, hear } = open();
  const { burst, perSecond } = TRACE_RATE;
  const numbers = Array.from({ length: 200 }, (_, number) => number + 1);
  for (let at = 0; at < 200; at += 25) await hear(numbers.slice(at, at + 25));
  expect(known.size).toBe(burst);
  await clock.run(1_000);
  for (let at = 0; at < 200; at += 25) await hear(numbers.slice(at, at + 25));
  expect(known.size).toBe(burst + perSecond);
});

it("a malformed message is rejected, and a peer without tokens ignored [NET-4] [NET-6]", async () => {
  const { guard, relay, hear } = open();
  expect(await relay.judge(id, Uint8Array.of(0, 0xc1, 0x80), PEER)).toBe("reject");
  expect(guard.offencesOf(PEER)).toEqual(["malformed"]);
  guard.spent.add("traces");
  expect(await hear([1])).toBe("ignore");
});
