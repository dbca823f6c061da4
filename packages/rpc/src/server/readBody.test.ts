import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import { expect, it, vi } from "vitest";
import { BufferPool } from "../guards/BufferPool.ts";
import { IncomingBytes } from "../guards/IncomingBytes.ts";
import { IntakePace } from "../guards/IntakePace.ts";
import { VirtualTime } from "../testing/VirtualTime.ts";
import { readBody } from "./readBody.ts";

const MIB = 1 << 20;

function open(bytesMax: number, headers: IncomingMessage["headers"] = {}, pool = new BufferPool()) {
  const time = new VirtualTime();
  const request = Object.assign(new EventEmitter(), { headers, resume: vi.fn(), pause: vi.fn() });
  const incoming = new IncomingBytes(2 * MIB);
  const outcome = { onBody: vi.fn(), onTooLarge: vi.fn(), onOverloaded: vi.fn() };
  readBody(
    request as unknown as IncomingMessage,
    bytesMax,
    {
      incoming,
      buffers: pool,
      pace: new IntakePace(time),
      scheduler: time,
    },
    outcome,
  );
  const send = (chunk: Uint8Array) => request.emit("data", chunk);
  return { request, incoming, outcome, send, time };
}

it("stores no chunks, which would take far more memory than their bytes", () => {
  const { request, outcome, send } = open(MIB);
  const expected = Uint8Array.from({ length: 10_000 }, (_, index) => index);
  for (const byte of expected) {
    const chunk = Buffer.of(byte);
    send(chunk);
    chunk.fill(0);
  }
  request.emit("end");
  expect(Uint8Array.from(outcome.onBody.mock.calls[0]![0])).toEqual(expected);
});

it("counts its memory, and no more than can arrive [RPC-18]", () => {
  const { request, incoming, outcome, send } = open(2 * MIB);
  const FREE = 65_536;
  send(Buffer.alloc(MIB));
  expect(incoming.bytes).toBe(MIB - FREE);
  send(Buffer.of(1));
  expect(incoming.bytes).toBe(2 * MIB - FREE);
  send(Buffer.alloc(1_000));
  request.emit("end");
  request.emit("close");
  const [body, release] = outcome.onBody.mock.calls[0]!;
  expect(body).toHaveLength(MIB + 1_001);
  expect(incoming.bytes).toBe(2 * MIB - FREE);
  release();
  expect(incoming.bytes).toBe(0);

  const announced = open(2 * MIB, { "content-length": `${MIB + 5}` });
  announced.send(Buffer.alloc(MIB));
  announced.send(Buffer.alloc(5));
  expect(announced.incoming.bytes).toBe(2 * MIB - FREE);
  announced.request.emit("close");
  expect(announced.incoming.bytes).toBe(0);
});

it("releases its memory when a body is too large, or memory runs out", () => {
  const large = open(MIB);
  for (let count = 0; count < 3; count++) large.send(Buffer.alloc(MIB / 2));
  expect(large.outcome.onTooLarge).toHaveBeenCalledExactlyOnceWith((3 * MIB) / 2);
  expect(large.incoming.bytes).toBe(0);

  const much = open(4 * MIB);
  for (let count = 0; count < 3; count++) much.send(Buffer.alloc(MIB));
  expect(much.outcome.onOverloaded).toHaveBeenCalledExactlyOnceWith(3 * MIB);
  expect(much.incoming.bytes).toBe(0);
  much.request.emit("end");
  expect(much.outcome.onBody).not.toHaveBeenCalled();
});

it("reuses the buffers of large bodies, and gives out none twice", () => {
  const pool = new BufferPool();
  const bodies = [1, 2].map((value) => {
    const { request, outcome, send } = open(MIB, {}, pool);
    for (let part = 0; part < 4; part++) send(Buffer.alloc(MIB / 4, value));
    request.emit("end");
    const [body, release] = outcome.onBody.mock.calls[0]!;
    return { body: body as Buffer, release: release as () => void };
  });
  expect(pool.bytes).toBe((3 * MIB) / 4);
  expect(bodies.map(({ body }) => [body.length, new Set(body)])).toEqual([
    [MIB, new Set([1])],
    [MIB, new Set([2])],
  ]);
  for (const { release } of bodies) release();
  for (const { release } of bodies) release();
  expect(pool.bytes).toBe((11 * MIB) / 4);
  expect([pool.take(MIB).buffer, pool.take(MIB).buffer]).toEqual(
    expect.arrayContaining(bodies.map(({ body }) => body.buffer)),
  );
  for (let count = 0; count < 100; count++) pool.give(Buffer.alloc(MIB));
  expect(pool.bytes).toBeGreaterThan(31 * MIB);
  expect(pool.bytes).toBeLessThanOrEqual(32 * MIB);
});

it("RPC-16: delays large bodies that arrive faster than 32 MiB per second", () => {
  const { request, send, time } = open(4 * MIB);
  send(Buffer.alloc(64 * 1024));
  for (let part = 0; part < 4; part++) send(Buffer.alloc(64 * 1024));
  expect(request.pause).not.toHaveBeenCalled();
  send(Buffer.alloc(64 * 1024));
  expect(request.pause).toHaveBeenCalledOnce();
  time.advance(9);
  expect(request.resume).not.toHaveBeenCalled();
  time.advance(1);
  expect(request.resume).toHaveBeenCalledOnce();
  time.advance(1_000);
  send(Buffer.alloc(MIB));
  expect(request.pause).toHaveBeenCalledTimes(2);
  request.emit("close");
  time.advance(1_000);
  expect(request.resume).toHaveBeenCalledOnce();
});
