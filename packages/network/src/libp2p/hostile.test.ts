import { connect, type Socket } from "node:net";
import { generateKeyPair } from "@libp2p/crypto/keys";
import { identify } from "@libp2p/identify";
import type { Connection, Libp2p, Stream } from "@libp2p/interface";
import { noise } from "@libp2p/noise";
import { tcp } from "@libp2p/tcp";
import { tls } from "@libp2p/tls";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "./fixtures/eventually.ts";
import { ECHO, REQUEST_BYTES_MAX, type Started, startTransport } from "./fixtures/startTransport.ts";
import { LIBP2P_LIMITS } from "./limits.ts";

// What strangers do to an open port. After each the node still serves an honest peer.

const OPTIONS = { timeoutMs: 5_000, answerBytesMax: 1_000 };
const hello = new TextEncoder().encode("hello");

let victim: Started;
let answered: number;
const sockets: Socket[] = [];
const attackers: Libp2p[] = [];

beforeEach(async () => {
  answered = 0;
  victim = await startTransport({
    answer: async (_peer, _protocol, request) => {
      answered++;
      return request;
    },
  });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  const honest = await startTransport();
  await honest.transport.dial(victim.address());
  expect(await honest.transport.request(victim.transport.self, ECHO, hello, OPTIONS)).toEqual(hello);
  await honest.transport.stop();
  await Promise.all(attackers.splice(0).map((attacker) => attacker.stop()));
  const startedMs = performance.now();
  await victim.transport.stop();
  expect(performance.now() - startedMs).toBeLessThan(LIBP2P_LIMITS.stopMs + 1_000);
});

function openSocket(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(/\/tcp\/(\d+)/.exec(victim.address())![1]), "127.0.0.1", () =>
      resolve(socket),
    );
    socket.on("error", reject);
    sockets.push(socket);
  });
}

const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.on("close", () => resolve());
    socket.resume();
  });

/** A libp2p node without any of our limits. */
async function attack(encrypter: "tls" | "noise" = "tls"): Promise<Connection> {
  const attacker = await createLibp2p({
    privateKey: await generateKeyPair("Ed25519"),
    transports: [tcp()],
    connectionEncrypters: [encrypter === "tls" ? tls() : noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() },
  });
  attackers.push(attacker);
  return attacker.dial(multiaddr(victim.address()));
}

it("HANDSHAKE_INVALID: what is not a greeting ends the connection at once, and costs nothing", async () => {
  const startedMs = performance.now();
  const zeros = Buffer.alloc(100_000);
  const ones = Buffer.alloc(3_000_000, 0xff);
  const greeting = Buffer.from([19, ...Buffer.from("/multistream/1.0.0\n")]);
  for (const bytes of [zeros, ones, Buffer.concat([greeting, ones]), Buffer.alloc(10, 0xff)]) {
    const socket = await openSocket();
    socket.on("error", () => {});
    socket.write(bytes);
    await closed(socket);
  }
  expect(performance.now() - startedMs).toBeLessThan(2_000);
});

it("bytes that mean nothing, and connections without a word: closed in time, and others are let in", async () => {
  const garbage = [
    Buffer.alloc(0),
    Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    // A greeting, the choice of TLS, and then nothing that is TLS.
    Buffer.concat([
      Buffer.from([19, ...Buffer.from("/multistream/1.0.0\n")]),
      Buffer.from([11, ...Buffer.from("/tls/1.0.0\n")]),
      Buffer.alloc(10_000, 0x16),
    ]),
    ...Array.from({ length: 2 * LIBP2P_LIMITS.handshakesPerIpMax }, () => Buffer.alloc(0)),
  ];
  await Promise.all(
    garbage.map(async (bytes) => {
      const socket = await openSocket();
      socket.on("error", () => {});
      socket.write(bytes);
      await closed(socket);
    }),
  );
  expect(victim.connected).toEqual([]);
}, 20_000);

it("a peer with Noise alone is served", async () => {
  const connection = await attack("noise");
  expect(connection.encryption).toBe("/noise");
  expect(await ask(connection, hello)).toEqual(hello);
});

function lengthOf(bytes: number): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes);
  return length;
}

async function ask(connection: Connection, request: Uint8Array): Promise<Uint8Array> {
  const stream = await connection.newStream(ECHO);
  stream.send(lengthOf(request.length));
  stream.send(request);
  await stream.close();
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk.subarray());
  return new Uint8Array(Buffer.concat(chunks).subarray(4));
}

const ended = (stream: Stream): Promise<void> =>
  new Promise((resolve) => {
    if (stream.status !== "open") resolve();
    stream.addEventListener("close", () => resolve());
  });

describe("a peer with a key", () => {
  it("announces a request that is too long: the stream ends before anything of it is read", async () => {
    const connection = await attack();
    const stream = await connection.newStream(ECHO);
    stream.send(lengthOf(REQUEST_BYTES_MAX + 1));
    await ended(stream);
    const huge = await connection.newStream(ECHO);
    huge.send(lengthOf(2 ** 32 - 1));
    await ended(huge);
    expect(answered).toBe(0);
    expect(await ask(connection, hello)).toEqual(hello);
  });

  it("sends less than it announced, and closes", async () => {
    const connection = await attack();
    const stream = await connection.newStream(ECHO);
    stream.send(Uint8Array.of(0, 0, 0, 100, 1, 2, 3));
    await stream.close();
    await ended(stream);
    expect(answered).toBe(0);
  });

  it("announces little and sends without end", async () => {
    const connection = await attack();
    const stream = await connection.newStream(ECHO);
    stream.send(lengthOf(100));
    const block = new Uint8Array(65_536);
    for (let sent = 0; sent < 400 && stream.status === "open"; sent++) {
      if (!stream.send(block)) await Promise.race([stream.onDrain().catch(() => {}), ended(stream)]);
    }
    await ended(stream);
  });

  it("opens thousands of streams: it gets so many at once, and no more", async () => {
    const connection = await attack();
    const streams: Stream[] = [];
    let refused = 0;
    const open = async (): Promise<void> => {
      try {
        streams.push(
          await connection.newStream(ECHO, {
            maxOutboundStreams: 10_000,
            signal: AbortSignal.timeout(2_000),
          }),
        );
      } catch {
        refused++;
      }
    };
    for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 100 }, open));
    await eventually(
      () => streams.filter(({ status }) => status === "open").length <= LIBP2P_LIMITS.requestsPerProtocolMax,
    );
    expect(refused + streams.length).toBe(2_000);
  }, 60_000);

  it("dials again and again: the newest connection stays", async () => {
    for (let count = 0; count < 3; count++) await attack();
    await eventually(() => victim.connected.length === 3);
  });
});
