import { constants, zstdCompressSync } from "node:zlib";
import { bytesEqual, concatBytes, isTrellisError } from "@trellis/base";
import { rlpVariants } from "@trellis/kit/rlp";
import type { Block, Hash, Header } from "@trellis/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mineMany, TEST_PARAMETERS } from "../sync/testing/testChain.ts";
import type { Codec } from "./Codec.ts";
import { createWire } from "./createWire.ts";
import { wireErrors } from "./errors.ts";
import { COMPRESS_ABOVE_BYTES, frame, unframe } from "./frame.ts";
import { anyCompactBlock } from "./testing/anyCompactBlock.ts";
import { anyCertificate, anyFinalityContent } from "./testing/anyFinality.ts";
import { anyFollowedShards } from "./testing/anyFollowedShards.ts";
import { anyOutboxRange, anyOutboxRequest } from "./testing/anyOutbox.ts";
import { pastBlocks } from "./testing/pastBlocks.ts";
import { zstdContentSize, zstdFrameSize } from "./zstdFrameSize.ts";

const wire = createWire(TEST_PARAMETERS);
const { protocols, topics } = wire;
const blocks: readonly Block[] = await mineMany(6, { payEvery: 2 });
const headers: readonly Header[] = blocks.map(({ header }) => header);
const block = fc.constantFrom(...blocks);

const bytesOf = (minLength: number, maxLength = minLength) => fc.uint8Array({ minLength, maxLength });
const hash = bytesOf(32).map((bytes): Hash => `0x${Buffer.from(bytes).toString("hex")}`);
/** Not all zero. */
const idOf = (length: number) =>
  bytesOf(length)
    .filter((bytes) => bytes.some((byte) => byte !== 0))
    .map((bytes) => Buffer.from(bytes).toString("hex"));
const hashes = fc.array(hash, { maxLength: 20 });
const number = fc.nat({ max: 2 ** 40 });
const orNone = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const envelope = bytesOf(40, 400);
const ascending = fc
  .uniqueArray(hash, { maxLength: 12 })
  .map((keys) => keys.sort().map((key) => ({ key, value: Uint8Array.of(1, 2, 3) })));

interface Case<T = unknown> {
  readonly name: string;
  readonly codec: Codec<T>;
  readonly values: fc.Arbitrary<T>;
}

function messageCase<T>(name: string, codec: Codec<T>, values: fc.Arbitrary<T>): Case {
  return { name, codec, values } as unknown as Case;
}

const CASES: readonly Case[] = [
  messageCase(
    "hello",
    protocols.hello.request,
    fc.record({
      chainId: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      genesis: hash,
      forks: fc.array(fc.record({ name: fc.string({ maxLength: 16 }), number }), { maxLength: 16 }),
      shard: fc.nat({ max: 0xffff }),
      agent: fc.string({ maxLength: 64 }),
      sink: fc.record({ hash, number, blueWork: fc.bigInt({ min: 0n, max: 2n ** 200n }) }),
      finalized: fc.record({ hash, number }),
      oldest: fc.record({ hash, number }),
      tips: hashes,
      states: fc.array(hash, { maxLength: 16 }),
    }),
  ),
  messageCase(
    "past request",
    protocols.past.request,
    fc.record({ checkpoint: hash, after: orNone(hash), countMax: fc.integer({ min: 1, max: 512 }) }),
  ),
  messageCase(
    "past answer",
    protocols.past.answer,
    fc.record({ blocks: pastBlocks(headers), isEnd: fc.boolean() }),
  ),
  messageCase(
    "headers request",
    protocols.headers.request,
    fc.record({
      locator: fc.array(hash, { minLength: 1, maxLength: 64 }),
      countMax: fc.integer({ min: 1, max: 512 }),
    }),
  ),
  messageCase(
    "headers answer",
    protocols.headers.answer,
    fc.record({
      from: hash,
      headers: fc.shuffledSubarray([...headers], { minLength: 1 }),
      isEnd: fc.boolean(),
    }),
  ),
  messageCase(
    "blocks request",
    protocols.blocks.request,
    fc.record({ hashes: fc.array(hash, { minLength: 1, maxLength: 32 }) }),
  ),
  messageCase(
    "blocks answer",
    protocols.blocks.answer,
    fc.record({ blocks: fc.array(orNone(block), { maxLength: 10 }) }),
  ),
  messageCase(
    "bodies answer",
    protocols.bodies.answer,
    fc.record({ bodies: fc.array(orNone(block.map(({ body }) => body)), { maxLength: 10 }) }),
  ),
  messageCase(
    "transactions answer",
    protocols.transactions.answer,
    fc.record({ transactions: fc.array(orNone(envelope), { maxLength: 20 }) }),
  ),
  messageCase(
    "block transactions request",
    protocols.blockTransactions.request,
    fc.record({
      block: hash,
      indexes: fc
        .uniqueArray(fc.nat({ max: 60_000 }), { minLength: 1, maxLength: 20 })
        .map((indexes) => indexes.sort((a, b) => a - b)),
    }),
  ),
  messageCase(
    "block transactions answer",
    protocols.blockTransactions.answer,
    fc.record({ transactions: fc.array(envelope, { maxLength: 20 }) }),
  ),
  messageCase(
    "pooled request",
    protocols.pooled.request,
    fc.record({ countMax: fc.integer({ min: 1, max: 4_096 }) }),
  ),
  messageCase("pooled answer", protocols.pooled.answer, fc.record({ hashes })),
  messageCase(
    "state range request",
    protocols.stateRange.request,
    fc.record({
      block: hash,
      owner: orNone(hash),
      from: hash,
      bytesMax: fc.integer({ min: 1, max: 512 * 1024 }),
    }),
  ),
  messageCase(
    "state range answer",
    protocols.stateRange.answer,
    fc.record({
      entries: ascending,
      proof: fc.array(bytesOf(1, 600), { maxLength: 20 }),
      isEnd: fc.boolean(),
    }),
  ),
  messageCase(
    "codes answer",
    protocols.codes.answer,
    fc.record({ codes: fc.array(orNone(bytesOf(1, 300)), { maxLength: 20 }) }),
  ),
  messageCase(
    "compact block",
    topics.blocks.codec,
    anyCompactBlock(fc.constantFrom(...headers), hash, anyCertificate),
  ),
  messageCase(
    "traces",
    topics.traces.codec,
    fc.record({
      traces: fc.array(fc.record({ hash, traceId: idOf(16), spanId: idOf(8) }), { maxLength: 32 }),
    }),
  ),
  messageCase(
    "finality message",
    topics.finality.codec,
    fc.record({ content: anyFinalityContent, slot: number }),
  ),
  messageCase(
    "certificates request",
    protocols.certificates.request,
    fc.record({ fromHeight: number, countMax: fc.integer({ min: 1, max: 64 }) }),
  ),
  messageCase(
    "certificates answer",
    protocols.certificates.answer,
    fc.record({ certificates: fc.array(anyCertificate, { maxLength: 64 }) }),
  ),
  messageCase("shards request", protocols.shards.request, fc.constant({})),
  messageCase("shards answer", protocols.shards.answer, anyFollowedShards),
  messageCase("outbox request", protocols.outbox.request, anyOutboxRequest),
  messageCase("outbox answer", protocols.outbox.answer, fc.record({ range: orNone(anyOutboxRange) })),
  messageCase(
    "transactions batch",
    topics.transactions.codec,
    fc.record({ transactions: fc.array(envelope, { minLength: 1, maxLength: 30 }) }),
  ),
];

function refusalOf({ codec }: Case, message: Uint8Array): string | undefined {
  try {
    codec.decode(message);
    return undefined;
  } catch (error) {
    if (!isTrellisError(error) || !(error.code in wireErrors.table)) throw error;
    expect(error.consequence).toBe("penalise");
    return error.code;
  }
}

function reasonOf({ codec }: Case, message: Uint8Array): unknown {
  try {
    return codec.decode(message);
  } catch (error) {
    if (!isTrellisError(error, "MESSAGE_MALFORMED")) throw error;
    expect(error.consequence).toBe("penalise");
    return error.facts.reason;
  }
}

const FRAME = expect.stringMatching(
  /^(?:unknown first byte|not exactly one zstd frame|invalid zstd data|compression does not reduce the size)$/,
);

describe.each(CASES)("$name", (message) => {
  const { codec, values } = message;

  it("survives a round trip within its limit [NET-1]", () => {
    fc.assert(
      fc.property(values, (sent) => {
        const encoded = codec.encode(sent);
        expect(codec.decode(encoded)).toEqual(sent);
        expect(encoded.length).toBeLessThanOrEqual(codec.bytesMax + 1);
      }),
      { numRuns: 40 },
    );
  });

  it("changed in one byte, cut or extended is refused with a code, or is another message [NET-4]", () => {
    fc.assert(
      fc.property(
        values,
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        bytesOf(1, 20),
        (sent, place, bits, rest) => {
          const encoded = codec.encode(sent);
          const at = place % encoded.length;
          refusalOf(message, encoded.with(at, encoded[at]! ^ bits));
          expect(refusalOf(message, encoded.slice(0, at))).toBeDefined();
          expect(refusalOf(message, Uint8Array.of(...encoded, ...rest))).toBeDefined();
        },
      ),
      { numRuns: 60 },
    );
  });

  it("has a unique encoding: no extra item, long form or leading zero at any level [NET-4]", () => {
    for (const sent of fc.sample(values, 12)) {
      const payload = unframe(codec.encode(sent), codec.bytesMax);
      for (const variant of rlpVariants(payload)) {
        const varied = frame(variant.bytes);
        const isTaken = refusalOf(message, varied) === undefined;
        if (isTaken && !bytesEqual(codec.encode(codec.decode(varied)), varied)) expect.fail(variant.name);
      }
    }
  });

  it("any bytes are refused with a code [NET-4]", () => {
    fc.assert(
      fc.property(bytesOf(0, 400), fc.boolean(), (bytes, isFramed) => {
        refusalOf(message, isFramed ? Uint8Array.of(0, ...bytes) : bytes);
      }),
      { numRuns: 200 },
    );
  });

  it("MESSAGE_MALFORMED: too long", () => {
    expect(reasonOf(message, new Uint8Array(codec.bytesMax + 2))).toBe("too long");
  });

  it("does not decompress a bomb: MESSAGE_MALFORMED [NET-3]", () => {
    const bomb = Uint8Array.of(1, ...zstdCompressSync(new Uint8Array(codec.bytesMax + 100_000)));
    expect(["too long", "not exactly one zstd frame", "invalid zstd data"]).toContain(
      reasonOf(message, bomb),
    );
  });
});

describe("frames [NET-3]", () => {
  it("carry any payload, compressed if that saves bytes", () => {
    fc.assert(
      fc.property(bytesOf(0, 5_000), fc.nat({ max: 8_000 }), (noise, zeros) => {
        const payload = Uint8Array.of(...noise, ...new Uint8Array(zeros));
        const framed = frame(payload);
        expect(unframe(framed, 20_000)).toEqual(payload);
        if (zeros > COMPRESS_ABOVE_BYTES + 200) expect(framed.length).toBeLessThan(payload.length);
      }),
    );
  });

  it("MESSAGE_MALFORMED: not a frame", () => {
    const invalid = (bytes: Uint8Array): void => {
      expect(() => unframe(bytes, 10_000)).toThrow(
        expect.objectContaining({
          code: "MESSAGE_MALFORMED",
          facts: expect.objectContaining({ reason: FRAME }),
        }),
      );
    };
    invalid(new Uint8Array(0));
    invalid(Uint8Array.of(2, 0xc0));
    invalid(Uint8Array.of(1, 1, 2, 3, 4, 5));
    const compressed = zstdCompressSync(new Uint8Array(2_000));
    invalid(Uint8Array.of(1, ...compressed.subarray(0, -1)));
    const skipped = [0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 0];
    for (const rest of [[0x50], [0x28, 0xb5], [7], skipped, [...compressed]]) {
      invalid(Uint8Array.of(1, ...compressed, ...rest));
    }
    invalid(Uint8Array.of(1, ...skipped, ...compressed));
    invalid(Uint8Array.of(1, ...zstdCompressSync(new Uint8Array(500))));
  });
});

it("a single zstd frame has the size in its headers, from any encoder [NET-3]", () => {
  const levels = fc.constantFrom(-5, 1, 3, 12);
  fc.assert(
    fc.property(
      bytesOf(0, 3_000),
      fc.nat({ max: 300_000 }),
      levels,
      fc.boolean(),
      (noise, zeros, level, sum) => {
        const compressed = zstdCompressSync(concatBytes(noise, new Uint8Array(zeros)), {
          params: {
            [constants.ZSTD_c_compressionLevel]: level,
            [constants.ZSTD_c_checksumFlag]: sum ? 1 : 0,
          },
        });
        expect(zstdFrameSize(compressed)).toBe(compressed.length);
        expect(zstdFrameSize(concatBytes(compressed, noise))).toBe(compressed.length);
        expect(zstdFrameSize(compressed.subarray(0, -1))).toBeUndefined();
      },
    ),
    { numRuns: 50 },
  );
  fc.assert(
    fc.property(
      bytesOf(0, 60),
      (bytes) => void zstdFrameSize(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, ...bytes)),
    ),
  );
});

it("MESSAGE_MALFORMED", () => {
  const emptyString = Uint8Array.of(0x80);
  expect(() => protocols.bodies.request.decode(frame(emptyString))).toThrowError(
    expect.objectContaining({ code: "MESSAGE_MALFORMED" }),
  );
});

it("MESSAGE_MALFORMED: a transaction without bytes", () => {
  const encoded = topics.transactions.codec.encode({ transactions: [new Uint8Array(0)] });
  expect(() => topics.transactions.codec.decode(encoded)).toThrow(
    expect.objectContaining({ code: "MESSAGE_MALFORMED" }),
  );
});

it("NET-10, NET-11, NET-17: a message has its usual size, or that of one larger item", () => {
  const sizes = (limit: number) => {
    const parameters = { ...TEST_PARAMETERS, bodyBytesMax: limit, transactionBytesMax: limit };
    const { protocols: those, topics: its } = createWire(parameters);
    return [those.blocks.answer, those.bodies.answer, those.transactions.answer, its.transactions.codec].map(
      ({ bytesMax }) => bytesMax,
    );
  };
  expect(sizes(1_000)).toEqual([2 ** 22, 2 ** 22, 2 ** 20, 2 ** 18]);
  for (const size of sizes(2 ** 23)) expect(size).toBeGreaterThan(2 ** 23);
});

it("MESSAGE_MALFORMED: too many items", () => {
  const items = Array.from({ length: 65 }, (): Hash => `0x${"00".repeat(32)}`);
  const encoded = protocols.blocks.request.encode({ hashes: items });
  expect(() => protocols.blocks.request.decode(encoded)).toThrow(
    expect.objectContaining({
      code: "MESSAGE_MALFORMED",
      facts: { field: "hashes", reason: "too many items", countMax: 32 },
    }),
  );
});

it("ARGUMENT_INVALID: a message outside its protocol", () => {
  const agent = "a".repeat(10_000);
  const [hello] = fc.sample(CASES[0]!.values, 1);
  expect(() => CASES[0]!.codec.encode({ ...(hello as object), agent })).toThrow(
    expect.objectContaining({
      code: "ARGUMENT_INVALID",
      facts: expect.objectContaining({ rule: "a message has at most bytesMax" }),
    }),
  );
});

it("ids contain chain, name and version; an empty request costs nothing [NET-2] [NET-6]", () => {
  expect(protocols.headers.id).toBe(`/trellis/${TEST_PARAMETERS.chainId}/headers/1`);
  expect(protocols.hello.id).toBe(`/trellis/${TEST_PARAMETERS.chainId}/hello/3`);
  expect(protocols.blocks.cost({ hashes: [] })).toBe(1);
  expect(protocols.blocks.cost({ hashes: headers.map(({ bodyRoot }) => bodyRoot) })).toBeGreaterThan(20);
  expect(topics.blocks.cost(new Uint8Array(100_000))).toBe(26);
});

it("NET-6: a gossiped message costs its decompressed size", () => {
  for (const bytes of [1_100, 70_000, 2 ** 18]) {
    const framed = frame(new Uint8Array(bytes));
    expect(framed.length).toBeLessThan(100);
    expect(topics.transactions.cost(framed)).toBe(1 + Math.ceil((bytes + 1) / 4_096));
  }
  const most = topics.transactions.cost(new Uint8Array(topics.transactions.bytesMax));
  expect(topics.transactions.cost(frame(new Uint8Array(2 ** 23)))).toBe(most);
  expect(topics.transactions.cost(Uint8Array.of(1, 0x28, 0xb5, 0x2f, 0xfd, 0, 0x48))).toBe(most);
  expect(topics.transactions.cost(Uint8Array.of(1))).toBe(most);
});

it("a zstd frame declares its decompressed size, and decompresses to exactly that [NET-6]", () => {
  fc.assert(
    fc.property(bytesOf(0, 1_000), fc.nat({ max: 300_000 }), (noise, zeros) => {
      const payload = concatBytes(noise, new Uint8Array(zeros));
      expect(zstdContentSize(zstdCompressSync(payload))).toBe(payload.length);
    }),
    { numRuns: 50 },
  );
  const framed = frame(new Uint8Array(100_000));
  const lying = framed.slice();
  const at = 1 + 4 + 1 + ((lying[5]! & 0x20) === 0 ? 1 : 0);
  lying[at + 1]! -= 0x10;
  expect(zstdContentSize(lying.subarray(1))).toBe(100_000 - 0x1000);
  expect(() => unframe(lying, 200_000)).toThrow(
    expect.objectContaining({ code: "MESSAGE_MALFORMED", facts: { reason: "invalid zstd data" } }),
  );
});
