import { bytesEqual, concatBytes, hexToBytes, isTrellisError } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeMessage,
  EMPTY_OUTBOX_HEAD,
  encodeMessage,
  MESSAGE_GAS,
  type Message,
  messageGas,
  messageId,
  nextOutboxHead,
  refundOf,
} from "../index.ts";
import { refusal } from "../testing/refusal.ts";
import { anyMessage } from "./testing/anyMessage.ts";

const call: Message = {
  kind: "call",
  source: 1,
  destination: 0x203,
  index: 4,
  sender: `0x${"5a".repeat(20)}`,
  to: `0x${"b0".repeat(20)}`,
  value: 6n,
  gasLimit: 0x789n,
  expiry: 10,
  data: Uint8Array.of(0xda, 0x7a),
};
const refund = refundOf(call, 9);
const encodingOf = (fields: Partial<Message>) => encodeMessage({ ...call, ...fields });
const refuses = (label: string, bytes: Uint8Array) =>
  expect(() => decodeMessage(bytes)).toThrow(refusal(label));

describe("SHARD-4: encoding", () => {
  it("concatenates the fields", () => {
    const fields = [
      "01",
      "00",
      "0001",
      "0203",
      "0000000000000004",
      "5a".repeat(20),
      "b0".repeat(20),
      "06".padStart(64, "0"),
      "0000000000000789",
      "000000000000000a",
      "da7a",
    ];
    expect(encodeMessage(call)).toEqual(hexToBytes(`0x${fields.join("")}`));
    expect(messageId(call)).toBe(keccak256Hex(hexToBytes(`0x${fields.join("")}`)));
  });

  it("decodes what was encoded", () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const bytes = encodeMessage(message);
        expect(decodeMessage(bytes)).toEqual(message);
      }),
      { numRuns: 2_000 },
    );
  });

  it("a changed encoding is another message, or MESSAGE_INVALID", () => {
    let decodedCount = 0;
    const change = fc.record({ at: fc.nat(300), byte: fc.nat(255), kept: fc.nat(300) });
    fc.assert(
      fc.property(anyMessage, change, (message, { at, byte, kept }) => {
        const bytes = encodeMessage(message).slice(0, kept < 30 ? kept * 5 : undefined);
        if (bytes.length > 0) bytes[at % bytes.length] = byte;
        try {
          const decoded = decodeMessage(bytes);
          decodedCount++;
          return bytesEqual(encodeMessage(decoded), bytes);
        } catch (error) {
          return isTrellisError(error, "MESSAGE_INVALID");
        }
      }),
      { numRuns: 50_000 },
    );
    expect(decodedCount).toBeGreaterThan(5_000);
  });

  it("MESSAGE_INVALID: version, kind, equal shards, missing bytes, great integers", () => {
    const changed = (at: number, byte: number) => encodingOf({}).with(at, byte);
    for (const version of [0, 2]) refuses("MESSAGE_INVALID: unknown version", changed(0, version));
    refuses("MESSAGE_INVALID: unknown kind", changed(1, 2));
    refuses("MESSAGE_INVALID: source is the destination", encodingOf({ destination: 1 }));
    const shortest = encodingOf({ data: new Uint8Array(0) });
    expect(decodeMessage(shortest).data).toHaveLength(0);
    refuses("MESSAGE_INVALID: too short", shortest.slice(0, -1));
    refuses("MESSAGE_INVALID: too short", new Uint8Array(0));
    const max = Number.MAX_SAFE_INTEGER;
    expect(decodeMessage(encodingOf({ index: max - 1, expiry: max }))).toMatchObject({
      index: max - 1,
      expiry: max,
    });
    refuses("MESSAGE_INVALID: index too great", encodingOf({ index: max }));
    refuses("MESSAGE_INVALID: expiry too great", encodingOf({ expiry: max + 1 }));
  });

  it("SHARD-6, MESSAGE_INVALID: at most MESSAGE_GAS.max, by gas limit or data", () => {
    const least = { gasLimit: 0n, data: new Uint8Array(0) };
    expect(messageGas(least)).toBe(MESSAGE_GAS.fixed);
    const spare = MESSAGE_GAS.max - MESSAGE_GAS.fixed;
    const gasLimit = (spare * 63n) / 64n;
    expect(messageGas({ ...least, gasLimit })).toBeLessThanOrEqual(MESSAGE_GAS.max);
    expect(decodeMessage(encodingOf({ ...least, gasLimit })).gasLimit).toBe(gasLimit);
    refuses("MESSAGE_INVALID: too much gas", encodingOf({ ...least, gasLimit: gasLimit + 2n }));
    refuses("MESSAGE_INVALID: too much gas", encodingOf({ ...least, gasLimit: 2n ** 64n - 1n }));
    const data = new Uint8Array(Number(spare / MESSAGE_GAS.perByte));
    expect(decodeMessage(encodingOf({ gasLimit: 0n, data })).data).toEqual(data);
    refuses("MESSAGE_INVALID: too much gas", encodingOf({ gasLimit: 64n, data }));
    refuses("MESSAGE_INVALID: too long", concatBytes(encodingOf({ gasLimit: 0n, data }), Uint8Array.of(0)));
  });
});

describe("SHARD-11: refunds", () => {
  it("return the value to the sender, and name the failed message", () => {
    expect(refund).toMatchObject({ source: 0x203, destination: 1, index: 9, to: call.sender, value: 6n });
    expect(refund.data).toEqual(hexToBytes(messageId(call)));
    expect(decodeMessage(encodeMessage(refund))).toEqual(refund);
  });

  it("MESSAGE_INVALID: other data, gas, expiry, or no value", () => {
    const changed = (fields: Partial<Message>) => encodeMessage({ ...refund, ...fields });
    const data = [new Uint8Array(31), new Uint8Array(33)];
    for (const each of data)
      refuses("MESSAGE_INVALID: refund without the id of a message", changed({ data: each }));
    for (const each of [{ gasLimit: 1n }, { expiry: 1 }])
      refuses("MESSAGE_INVALID: refund with gas or expiry", changed(each));
    refuses("MESSAGE_INVALID: refund without value", changed({ value: 0n }));
  });
});

it("SHARD-5: a head depends on all ids and their order", () => {
  const ids = [0, 1, 2].map((index) => messageId({ ...call, index }));
  const headOf = (...order: number[]) =>
    order.map((at) => ids[at]!).reduce(nextOutboxHead, EMPTY_OUTBOX_HEAD);
  const heads = [
    headOf(),
    headOf(0),
    headOf(0, 1),
    headOf(1, 0),
    headOf(0, 1, 2),
    headOf(0, 2),
    headOf(0, 2, 1),
  ];
  expect(new Set(heads).size).toBe(heads.length);
});
