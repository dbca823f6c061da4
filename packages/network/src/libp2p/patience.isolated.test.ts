import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, expect, it, vi } from "vitest";
import { LIBP2P_LIMITS } from "./limits.ts";
import { closed, connectAttacker, endAttacks, lengthOf, openSocket } from "./testing/attack.ts";
import { eventually } from "./testing/eventually.ts";
import { ECHO, startTransport } from "./testing/startTransport.ts";

const SHORT = vi.hoisted(() => ({ handshakeMs: 2_000, answerWriteMs: 4_000 }));
vi.mock("./limits.ts", async (original) => {
  const { LIBP2P_LIMITS: limits } = await original<typeof import("./limits.ts")>();
  return { LIBP2P_LIMITS: { ...limits, ...SHORT } };
});

const OPTIONS = { timeoutMs: 60_000, answerBytesMax: 1_000 };
const hello = new TextEncoder().encode("hello");

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

afterEach(endAttacks);

it("closes silent connections and meaningless bytes in time, and accepts others", async () => {
  const victim = await startTransport();
  const garbage = [
    Buffer.alloc(0),
    Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    Buffer.concat([
      Buffer.from([19, ...Buffer.from("/multistream/1.0.0\n")]),
      Buffer.from([11, ...Buffer.from("/tls/1.0.0\n")]),
      Buffer.alloc(10_000, 0x16),
    ]),
    ...Array.from({ length: 2 * LIBP2P_LIMITS.handshakesPerIpMax }, () => Buffer.alloc(0)),
  ];
  const startedMs = performance.now();
  await Promise.all(
    garbage.map(async (bytes) => {
      const socket = await openSocket(victim);
      socket.on("error", () => {});
      socket.write(bytes);
      await closed(socket);
    }),
  );
  expect(victim.connected).toEqual([]);
  expect(performance.now() - startedMs).toBeGreaterThan(SHORT.handshakeMs - 100);
  const honest = await startTransport();
  await honest.transport.dial(victim.address());
  expect(await honest.transport.request(victim.transport.self, ECHO, hello, OPTIONS)).toEqual(hello);
  await honest.transport.stop();
  await victim.transport.stop();
});

it("PEER_OVER_LIMIT: a peer that does not read its answers occupies few of them, and is then disconnected", async () => {
  const answerBytes = 2_000_000;
  const served = await startTransport({ answer: async () => new Uint8Array(answerBytes) });
  try {
    const reader = await startTransport();
    const connection = await connectAttacker(served);
    const held = async () => {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 100));
      return process.memoryUsage().arrayBuffers;
    };
    const before = await held();
    const ask = async () => {
      const stream = await connection.newStream(ECHO);
      stream.pause();
      stream.send(lengthOf(hello.length));
      stream.send(hello);
    };
    for (let count = 0; count < LIBP2P_LIMITS.requestsPerProtocolMax; count++) {
      await ask().catch(() => {});
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await held()) - before).toBeLessThan(LIBP2P_LIMITS.unsentPerPeerMax + 4 * answerBytes);
    await reader.transport.dial(served.address());
    const answer = await reader.transport.request(served.transport.self, ECHO, hello, {
      ...OPTIONS,
      answerBytesMax: answerBytes,
    });
    expect(answer).toHaveLength(answerBytes);
    await eventually(() => connection.status !== "open");
    expect(served.offences).toMatchObject([{ offence: "stalling" }]);
    await reader.transport.stop();
  } finally {
    await served.transport.stop();
  }
});
