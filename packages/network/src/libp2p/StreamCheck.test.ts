import fc from "fast-check";
import { expect, it } from "vitest";
import { StreamCheck } from "./StreamCheck.ts";

const GREETING = word("/multistream/1.0.0");

function word(protocol: string): Uint8Array {
  return Uint8Array.of(protocol.length + 1, ...new TextEncoder().encode(`${protocol}\n`));
}

function check(began: (protocol: string, bytes: number) => void = () => {}): StreamCheck {
  return new StreamCheck({
    isChoice: (protocol) => protocol === "/framed/1" || protocol === "/free/1",
    messageBytesMax: (protocol) => (protocol === "/framed/1" ? 1_000 : undefined),
    began,
  });
}

function message(bytes: number): Uint8Array {
  const length = bytes < 0x80 ? [bytes] : [0x80 | (bytes & 0x7f), bytes >> 7];
  return Buffer.concat([Uint8Array.from(length), Buffer.alloc(bytes, 0xff)]);
}

it("accepts everything that libp2p accepts, under any fragmentation [LINK-5]", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1_000), { maxLength: 10 }),
      fc.nat(5),
      fc.integer({ min: 1, max: 200 }),
      (messages, strange, chunkBytes) => {
        const began: number[] = [];
        const reader = check((_protocol, bytes) => began.push(bytes));
        const bytes = Buffer.concat([
          GREETING,
          ...Array.from({ length: strange }, () => word("/strange/1")),
          word("/framed/1"),
          ...messages.map(message),
        ]);
        for (let at = 0; at < bytes.length; at += chunkBytes) {
          expect(reader.accepts(bytes.subarray(at, at + chunkBytes))).toBe(true);
        }
        expect(began).toEqual(messages);
      },
    ),
  );
});

it("ignores the contents of protocols with their own framing", () => {
  const reader = check();
  expect(reader.accepts(Buffer.concat([GREETING, word("/free/1"), Buffer.alloc(1_000, 0xff)]))).toBe(true);
  expect(reader.accepts(Buffer.alloc(1_000, 0xff))).toBe(true);
});

it.each([
  ["no greeting", word("/framed/1")],
  ["a length of two bytes", Buffer.concat([GREETING, Uint8Array.of(0x80, 1)])],
  ["too many words", Buffer.concat([GREETING, ...Array.from({ length: 8 }, () => word("ls"))])],
  ["a word without an end of line", Buffer.concat([GREETING, Uint8Array.of(1, 97)])],
  ["an overlong message", Buffer.concat([GREETING, word("/framed/1"), message(1_001)])],
  ["a length of too many bytes", Buffer.concat([GREETING, word("/framed/1"), Buffer.alloc(4, 0xff)])],
  ["a length that is not minimal", Buffer.concat([GREETING, word("/framed/1"), Uint8Array.of(0x81, 0)])],
])("refuses %s", (_what, bytes) => {
  expect(check().accepts(bytes)).toBe(false);
});
