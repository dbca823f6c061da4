import { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import { expect, it, vi } from "vitest";
import { IncomingBytes } from "../guards/IncomingBytes.ts";
import { readBody } from "./readBody.ts";

const MIB = 1 << 20;

function open(bytesMax: number, headers: IncomingMessage["headers"] = {}) {
  const request = Object.assign(new EventEmitter(), { headers, resume: vi.fn() });
  const incoming = new IncomingBytes(2 * MIB);
  const outcome = { onBody: vi.fn(), onTooLarge: vi.fn(), onOverloaded: vi.fn() };
  readBody(request as unknown as IncomingMessage, bytesMax, incoming, outcome);
  const send = (chunk: Uint8Array) => request.emit("data", chunk);
  return { request, incoming, outcome, send };
}

it("keeps no chunk, which would take far more than it holds", () => {
  const { request, outcome, send } = open(MIB);
  const expected = Uint8Array.from({ length: 10_000 }, (_, index) => index);
  for (const byte of expected) {
    const chunk = Buffer.of(byte);
    send(chunk);
    // Whoever kept it finds nothing in it.
    chunk.fill(0);
  }
  request.emit("end");
  expect(Uint8Array.from(outcome.onBody.mock.calls[0]![0])).toEqual(expected);
});

it("counts what it holds, and no more than can come [RPC-18]", () => {
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
  expect(announced.incoming.bytes).toBe(MIB + 5 - FREE);
  announced.request.emit("close");
  expect(announced.incoming.bytes).toBe(0);
});

it("gives back what it holds when more comes than may, or than there is room for", () => {
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
