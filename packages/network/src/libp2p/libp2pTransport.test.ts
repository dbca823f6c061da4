import { bytesEqual } from "@trellis/base";
import { afterEach, describe, expect, it } from "vitest";
import { eventually } from "./fixtures/eventually.ts";
import { ECHO, type Started, type StartOptions, startTransport, TOPIC } from "./fixtures/startTransport.ts";

const OPTIONS = { timeoutMs: 5_000, answerBytesMax: 1_000_000 };
const hello = new TextEncoder().encode("hello");

const running: Started[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ transport }) => transport.stop()));
});

async function start(options?: StartOptions): Promise<Started> {
  const started = await startTransport(options);
  running.push(started);
  return started;
}

/** Peers tell each other what they follow just after they have connected. */
async function publishUntilHeard(from: Started, to: Started): Promise<void> {
  let count = 0;
  await eventually(() => {
    from.transport.publish(TOPIC, Uint8Array.of(count++ >> 8, count & 255));
    return to.heard.length > 0;
  });
}

describe("two nodes", () => {
  it("connect, and each learns of the other", async () => {
    const [one, two] = [await start(), await start()];
    expect(await one.transport.dial(two.address())).toBe(two.transport.self);
    await eventually(() => two.connected.length === 1);
    expect(one.connected).toMatchObject([
      { peer: two.transport.self, direction: "outbound", ip: "127.0.0.1", address: two.address() },
    ]);
    expect(two.connected).toMatchObject([
      { peer: one.transport.self, direction: "inbound", ip: "127.0.0.1" },
    ]);
  });

  it("ask and answer both ways", async () => {
    const [one, two] = [await start(), await start()];
    await one.transport.dial(two.address());
    const long = new Uint8Array(90_000).fill(7);
    expect(await one.transport.request(two.transport.self, ECHO, long, OPTIONS)).toEqual(long);
    expect(await two.transport.request(one.transport.self, ECHO, hello, OPTIONS)).toEqual(hello);
    const none = new Uint8Array(0);
    expect(await two.transport.request(one.transport.self, ECHO, none, OPTIONS)).toEqual(none);
  });

  it("disconnect", async () => {
    const [one, two] = [await start(), await start()];
    await one.transport.dial(two.address());
    await eventually(() => two.connected.length === 1);
    two.transport.disconnect(one.transport.self, "test");
    await eventually(() => one.disconnected.length === 1 && two.disconnected.length === 1);
    await expect(one.transport.request(two.transport.self, ECHO, hello, OPTIONS)).rejects.toMatchObject({
      code: "REQUEST_FAILED",
    });
  });

  it("gossip", async () => {
    const [one, two] = [await start(), await start()];
    await one.transport.dial(two.address());
    await publishUntilHeard(one, two);
    one.transport.publish(TOPIC, hello);
    await eventually(() => two.heard.some(({ message }) => bytesEqual(message, hello)));
    expect(two.heard.at(-1)).toEqual({ from: one.transport.self, message: hello });
    expect(one.heard).toEqual([]);
  });
});

it("keeps its id with its key", async () => {
  const key = new Uint8Array(32).fill(5);
  const first = await start({ key });
  await first.transport.stop();
  const second = await start({ key });
  expect(second.transport.self).toBe(first.transport.self);
});
