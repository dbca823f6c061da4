import { connect, type Socket } from "node:net";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { generateKeyPair } from "@libp2p/crypto/keys";
import { identify } from "@libp2p/identify";
import type { Connection, ConnectionEncrypter, Libp2p, Stream, StreamMuxer } from "@libp2p/interface";
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
  victim.spend = () => true;
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

type Encrypter = (
  components: Parameters<ReturnType<typeof tls>>[0] & Parameters<ReturnType<typeof noise>>[0],
) => ConnectionEncrypter;

/** A libp2p node without any of our limits. */
async function attack(encrypter: Encrypter = tls(), target: Started = victim): Promise<Connection> {
  const attacker = await createLibp2p({
    privateKey: await generateKeyPair("Ed25519"),
    transports: [tcp()],
    connectionEncrypters: [encrypter],
    streamMuxers: [yamux()],
    services: { identify: identify() },
  });
  attackers.push(attacker);
  return attacker.dial(multiaddr(target.address()));
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
  const connection = await attack(noise());
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

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

/** A peer of yamux alone, that writes on its streams what it likes. */
async function attackRaw(): Promise<{
  readonly connection: Connection;
  readonly open: () => Promise<Stream>;
}> {
  const connection = await attack();
  const muxer = (connection as unknown as { muxer: StreamMuxer }).muxer;
  return { connection, open: async () => muxer.createStream() };
}

/** The longest that the event loop stood still while the task ran. ms */
async function longestStall(task: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await task();
  await new Promise((resolve) => setTimeout(resolve, 100));
  delay.disable();
  return delay.max / 1e6;
}

/** Unguarded it is many seconds; a machine that does other things too takes its part. */
const STALL_MS_MAX = 1_500;

describe("bytes that have no meaning in a stream [LINK-5]", () => {
  const ones = new Uint8Array(200_000).fill(0xff);
  const greeting = Buffer.from([19, ...Buffer.from("/multistream/1.0.0\n")]);
  const word = (protocol: string) => Buffer.from([protocol.length + 1, ...Buffer.from(`${protocol}\n`)]);

  it.each([
    ["at once", [ones]],
    ["after the greeting", [greeting, ones]],
    ["after a choice of the DHT", [greeting, word("/trellis/31337/kad/1.0.0"), ones]],
    ["after a choice of identify's news", [greeting, word("/trellis/31337/id/push/1.0.0"), ones]],
    ["after words without end", [greeting, ...Array.from({ length: 10 }, () => word("ls")), ones]],
  ])(
    "STREAM_INVALID: 0xff without end %s: the stream ends, and the peer has offended",
    async (_when, bytes) => {
      const stallMs = await longestStall(async () => {
        const { open } = await attackRaw();
        const streams = await Promise.all(Array.from({ length: 20 }, open));
        for (const stream of streams) stream.send(Buffer.concat(bytes));
        await Promise.all(streams.map(ended));
      });
      expect(stallMs).toBeLessThan(STALL_MS_MAX);
      expect(victim.offences).toHaveLength(20);
      expect(victim.offences[0]!.offence).toBe("malformed");
    },
  );
});

it("STREAM_INVALID: 0xff without end where a multiplexer is chosen, behind encryption", async () => {
  for (const encrypter of [tls(), noise()] as Encrypter[]) {
    const closing = Promise.withResolvers<void>();
    const stallMs = await longestStall(async () => {
      await attack((components) => {
        const inner = encrypter(components);
        const { secureOutbound } = inner;
        inner.secureOutbound = async (connection, options) => {
          const secured = await secureOutbound.call(inner, connection, {
            ...options,
            skipStreamMuxerNegotiation: true,
          });
          secured.connection.send(new Uint8Array(3_000_000).fill(0xff));
          connection.addEventListener("close", () => closing.resolve());
          return secured;
        };
        return inner;
      }).catch(() => {});
      await closing.promise;
    });
    expect(stallMs).toBeLessThan(STALL_MS_MAX);
  }
});

describe("frames of a multiplexer", () => {
  const frame = (type: number, flags: number, stream: number, length: number): Buffer => {
    const bytes = Buffer.alloc(12);
    bytes.writeUInt8(type, 1);
    bytes.writeUInt16BE(flags, 2);
    bytes.writeUInt32BE(stream, 4);
    bytes.writeUInt32BE(length, 8);
    return bytes;
  };
  const send = async (frames: readonly Buffer[]): Promise<Connection> => {
    const { connection } = await attackRaw();
    (connection as unknown as { muxer: { send(data: Uint8Array): void } }).muxer.send(Buffer.concat(frames));
    return connection;
  };

  it("CONNECTION_FLOODED: a frame that announces more than any window ends the connection", async () => {
    const connection = await send([frame(0, 1, 101, 2 ** 32 - 1)]);
    await eventually(() => connection.status !== "open");
    expect(victim.offences).toMatchObject([{ offence: "malformed" }]);
  });

  it("CONNECTION_FLOODED: questions to the DHT without end", async () => {
    let rest = 65_536;
    victim.spend = (_peer, _bucket, cost) => {
      rest -= cost;
      return rest >= 0;
    };
    const connection = await attack();
    const stream = await connection.newStream("/trellis/31337/kad/1.0.0");
    // FIND_NODE (4) for a key of 34 bytes.
    const question = Buffer.from([38, 0x08, 4, 0x52, 34, ...Buffer.alloc(34, 7)]);
    const stallMs = await longestStall(async () => {
      stream.send(Buffer.concat(Array.from({ length: 3_000 }, () => question)));
      await eventually(() => connection.status !== "open");
    });
    expect(stallMs).toBeLessThan(STALL_MS_MAX);
    expect(victim.offences).toMatchObject([{ offence: "flooding" }]);
  });

  it("CONNECTION_FLOODED: streams opened and reset without end, and pings without end", async () => {
    const tokens = Array.from({ length: 2_000 }, (_, index) => 1_001 + 2 * index);
    for (const flood of [
      tokens.flatMap((stream) => [frame(1, 1, stream, 0), frame(1, 8, stream, 0)]),
      tokens.flatMap((value) => Array.from({ length: 40 }, () => frame(2, 1, 0, value))),
    ]) {
      victim.offences.length = 0;
      let rest = 65_536;
      victim.spend = (_peer, _bucket, cost) => {
        rest -= cost;
        return rest >= 0;
      };
      const stallMs = await longestStall(async () => {
        const connection = await send(flood);
        await eventually(() => connection.status !== "open");
      });
      expect(victim.offences).toMatchObject([{ offence: "flooding" }]);
      expect(stallMs).toBeLessThan(STALL_MS_MAX);
    }
  });
});

it("ANSWER_NOT_READ: a peer that does not read its answers holds a few of them, and is then let go", async () => {
  const answerBytes = 2_000_000;
  const served = await startTransport({ answer: async () => new Uint8Array(answerBytes) });
  try {
    const reader = await startTransport();
    const connection = await attack(undefined, served);
    const held = async () => {
      gc();
      await new Promise((resolve) => setTimeout(resolve, 100));
      return process.memoryUsage().arrayBuffers;
    };
    const before = await held();
    for (let count = 0; count < LIBP2P_LIMITS.requestsPerProtocolMax; count++) {
      const stream = await connection.newStream(ECHO);
      stream.pause();
      stream.send(lengthOf(hello.length));
      stream.send(hello);
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await held()) - before).toBeLessThan(LIBP2P_LIMITS.unsentPerPeerMax + 4 * answerBytes);
    // Others are served meanwhile.
    await reader.transport.dial(served.address());
    const answer = await reader.transport.request(served.transport.self, ECHO, hello, {
      ...OPTIONS,
      answerBytesMax: answerBytes,
    });
    expect(answer).toHaveLength(answerBytes);
    await eventually(() => connection.status !== "open", LIBP2P_LIMITS.answerWriteMs + 5_000);
    expect(served.offences).toMatchObject([{ offence: "stalling" }]);
    await reader.transport.stop();
  } finally {
    await served.transport.stop();
  }
}, 60_000);
