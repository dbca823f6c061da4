import { publicKeyToProtobuf } from "@libp2p/crypto/keys";
import type { Connection, Ed25519PeerId, Stream, StreamMuxer } from "@libp2p/interface";
import { Record as DhtRecord } from "@libp2p/kad-dht";
import { noise } from "@libp2p/noise";
import { peerIdFromString } from "@libp2p/peer-id";
import { tls } from "@libp2p/tls";
import { multiaddr } from "@multiformats/multiaddr";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BoundedDatastore } from "./BoundedDatastore.ts";
import { LIBP2P_LIMITS } from "./limits.ts";
import {
  closed,
  connectAttacker,
  type Encrypter,
  endAttacks,
  lengthOf,
  openSocket,
} from "./testing/attack.ts";
import { eventually } from "./testing/eventually.ts";
import { ECHO, REQUEST_BYTES_MAX, type Started, startTransport } from "./testing/startTransport.ts";

const OPTIONS = { timeoutMs: 60_000, answerBytesMax: 1_000 };
const hello = new TextEncoder().encode("hello");

let victim: Started;
let answered: number;

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
  const honest = await startTransport();
  await honest.transport.dial(victim.address());
  expect(await honest.transport.request(victim.transport.self, ECHO, hello, OPTIONS)).toEqual(hello);
  await honest.transport.stop();
  await endAttacks();
  const startedMs = performance.now();
  await victim.transport.stop();
  expect(performance.now() - startedMs).toBeLessThan(LIBP2P_LIMITS.requestReadMs);
});

const attack = (encrypter?: Encrypter): Promise<Connection> => connectAttacker(victim, encrypter);

it("CONNECTION_ENDED: bytes that are not a handshake end the connection at once, at no cost", async () => {
  const startedMs = performance.now();
  const zeros = Buffer.alloc(100_000);
  const ones = Buffer.alloc(3_000_000, 0xff);
  const greeting = Buffer.from([19, ...Buffer.from("/multistream/1.0.0\n")]);
  for (const bytes of [zeros, ones, Buffer.concat([greeting, ones]), Buffer.alloc(10, 0xff)]) {
    const socket = await openSocket(victim);
    socket.on("error", () => {});
    socket.write(bytes);
    await closed(socket);
  }
  expect(performance.now() - startedMs).toBeLessThan(LIBP2P_LIMITS.handshakeMs);
});

it("serves a peer with only Noise", async () => {
  const connection = await attack(noise());
  expect(connection.encryption).toBe("/noise");
  expect(await ask(connection, hello)).toEqual(hello);
});

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

describe("misbehaving authenticated peer", () => {
  it("announces an oversized request: the stream ends before it is read", async () => {
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

  it("announces little and sends forever", async () => {
    const connection = await attack();
    const stream = await connection.newStream(ECHO);
    stream.send(lengthOf(100));
    const block = new Uint8Array(65_536);
    for (let sent = 0; sent < 400 && stream.status === "open"; sent++) {
      if (!stream.send(block)) await Promise.race([stream.onDrain().catch(() => {}), ended(stream)]);
    }
    await ended(stream);
  });

  it("opens thousands of streams: it gets a limited number at once", async () => {
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
  });

  it("dials repeatedly: the newest connection stays", async () => {
    for (let count = 0; count < 3; count++) await attack();
    await eventually(() => victim.connected.length === 3);
  });
});

async function attackRaw(): Promise<{
  readonly connection: Connection;
  readonly open: () => Promise<Stream>;
}> {
  const connection = await attack();
  const muxer = (connection as unknown as { muxer: StreamMuxer }).muxer;
  return { connection, open: async () => muxer.createStream() };
}

/** CPU time in ms, independent of machine load. */
async function longestStall(task: () => Promise<unknown>): Promise<number> {
  const usedMs = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  };
  let longestMs = 0;
  let lastMs = usedMs();
  const look = (): void => {
    const nowMs = usedMs();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
  };
  const timer = setInterval(look, 1);
  await task();
  await new Promise((resolve) => setTimeout(resolve, 100));
  clearInterval(timer);
  look();
  return longestMs;
}

const STALL_MS_MAX = 1_500;

describe("meaningless bytes in a stream [LINK-5]", () => {
  const ones = new Uint8Array(200_000).fill(0xff);
  const greeting = Buffer.from([19, ...Buffer.from("/multistream/1.0.0\n")]);
  const word = (protocol: string) => Buffer.from([protocol.length + 1, ...Buffer.from(`${protocol}\n`)]);

  it.each([
    ["at once", [ones]],
    ["after the handshake", [greeting, ones]],
    ["after selecting the DHT", [greeting, word("/trellis/31337/kad/1.0.0"), ones]],
    ["after selecting identify push", [greeting, word("/trellis/31337/id/push/1.0.0"), ones]],
    ["after endless protocol names", [greeting, ...Array.from({ length: 10 }, () => word("ls")), ones]],
  ])(
    "PROTOCOL_VIOLATED: 0xff forever %s: the stream ends, and the peer is penalized",
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

it("PROTOCOL_VIOLATED: 0xff forever during multiplexer negotiation, behind encryption", async () => {
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

const DHT = { PUT_VALUE: 0, GET_VALUE: 1, ADD_PROVIDER: 2, GET_PROVIDERS: 3, FIND_NODE: 4, PING: 5 };
const behindLength = (bytes: Uint8Array): Buffer => {
  const { length } = bytes;
  return Buffer.concat([Buffer.from(length < 128 ? [length] : [128 | (length & 127), length >> 7]), bytes]);
};
const field = (number: number, bytes: Uint8Array): Buffer =>
  Buffer.concat([Buffer.of((number << 3) | 2), behindLength(bytes)]);
const question = (type: keyof typeof DHT, ...fields: Buffer[]): Buffer =>
  behindLength(Buffer.concat([Buffer.of(8, DHT[type]), ...fields]));

describe("storage requests to the DHT [LINK-11]", () => {
  const cid = field(2, Buffer.concat([Buffer.of(1, 0x55, 0x12, 32), Buffer.alloc(32, 7)]));
  const address = field(2, multiaddr("/ip4/127.0.0.1/tcp/1").bytes);
  const messages = (sender: string): Record<string, Buffer[]> => {
    const { publicKey } = peerIdFromString(sender) as Ed25519PeerId;
    const self = publicKey.toMultihash().bytes;
    const name = Buffer.concat([Buffer.from("/pk/"), self]);
    const record = new DhtRecord(name, publicKeyToProtobuf(publicKey), new Date(0)).serialize();
    return {
      ADD_PROVIDER: [cid, field(9, Buffer.concat([field(1, self), address]))],
      PUT_VALUE: [field(2, name), field(3, record)],
      GET_PROVIDERS: [cid],
      GET_VALUE: [field(2, name)],
    };
  };

  async function answersTo(connection: Connection, ...sent: Buffer[]): Promise<number> {
    const stream = await connection.newStream("/trellis/31337/kad/1.0.0");
    let count = 0;
    stream.addEventListener("message", () => {
      count++;
    });
    stream.send(Buffer.concat(sent));
    await eventually(() => count === sent.length || stream.status !== "open");
    return count;
  }

  it.each(["ADD_PROVIDER", "PUT_VALUE", "GET_PROVIDERS", "GET_VALUE"] as const)(
    "%s is not served: the stream ends, and nothing is stored",
    async (type) => {
      using put = vi.spyOn(BoundedDatastore.prototype, "put");
      const connection = await attack();
      await eventually(() => victim.connected.length > 0);
      const message = question(type, ...messages(victim.connected[0]!.peer)[type]!);
      expect(await answersTo(connection, message, question("PING"))).toBe(0);
      const keys = put.mock.calls.map(([key]) => key.toString());
      expect(keys.filter((key) => key.startsWith("/dht"))).toEqual([]);
    },
  );

  it("FIND_NODE and PING are served", async () => {
    const connection = await attack();
    const key = field(2, Buffer.alloc(34, 7));
    expect(await answersTo(connection, question("FIND_NODE", key))).toBe(1);
    expect(await answersTo(connection, question("PING"))).toBe(1);
  });
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

  it("PROTOCOL_VIOLATED: a frame longer than any window ends the connection", async () => {
    const connection = await send([frame(0, 1, 101, 2 ** 32 - 1)]);
    await eventually(() => connection.status !== "open");
    expect(victim.offences).toMatchObject([{ offence: "malformed" }]);
  });

  it("PROTOCOL_VIOLATED: endless requests to the DHT", async () => {
    let rest = 65_536;
    victim.spend = (_peer, _bucket, cost) => {
      rest -= cost;
      return rest >= 0;
    };
    const connection = await attack();
    const stream = await connection.newStream("/trellis/31337/kad/1.0.0");
    const message = question("FIND_NODE", field(2, Buffer.alloc(34, 7)));
    const stallMs = await longestStall(async () => {
      stream.send(Buffer.concat(Array.from({ length: 3_000 }, () => message)));
      await eventually(() => connection.status !== "open");
    });
    expect(stallMs).toBeLessThan(STALL_MS_MAX);
    expect(victim.offences).toMatchObject([{ offence: "flooding" }]);
  });

  it("PROTOCOL_VIOLATED: endless gossip frames without a message", async () => {
    const spent = { frames: 0, gossip: 0 };
    victim.spend = (_peer, bucket, cost) => {
      spent[bucket] += cost;
      return bucket === "gossip" || spent.frames <= 65_536;
    };
    const connection = await attack();
    const stream = await connection.newStream("/meshsub/1.2.0");
    const empty = new Uint8Array(1_000);
    const short = Buffer.concat(
      Array.from({ length: 250 }, () => Buffer.from([44, 0x0a, 42, 0x12, 40, ...Buffer.alloc(40, 0x61)])),
    );
    const stallMs = await longestStall(async () => {
      for (let sent = 0; sent < 40 && connection.status === "open"; sent++) {
        stream.send(sent % 2 === 0 ? empty : short);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await eventually(() => connection.status !== "open");
    });
    expect(stallMs).toBeLessThan(STALL_MS_MAX / 2);
    expect(victim.offences).toMatchObject([{ offence: "flooding" }]);
    expect(spent.gossip).toBeLessThan(6_000);
  });

  it("PROTOCOL_VIOLATED: endlessly opened and reset streams, and endless pings", async () => {
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
        await eventually(() => connection.status !== "open" && victim.offences.length > 0);
      });
      expect(victim.offences).toMatchObject([{ offence: "flooding" }]);
      expect(stallMs).toBeLessThan(STALL_MS_MAX);
    }
  });
});
