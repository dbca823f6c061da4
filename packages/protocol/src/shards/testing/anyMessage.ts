import { bytesToHex } from "@trellis/base";
import fc from "fast-check";
import { MESSAGE_GAS, type Message, messageGas, refundOf } from "../Message.ts";

const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(bytesToHex);
const uint16 = fc.nat(0xffff);

const call: fc.Arbitrary<Message> = fc
  .record({
    kind: fc.constant("call" as const),
    source: uint16,
    destination: uint16,
    index: fc.nat(Number.MAX_SAFE_INTEGER - 1),
    sender: address,
    to: address,
    value: fc.bigInt(0n, (1n << 256n) - 1n),
    gasLimit: fc.bigInt(0n, MESSAGE_GAS.max),
    expiry: fc.nat(Number.MAX_SAFE_INTEGER),
    data: fc.uint8Array({ maxLength: 100 }),
  })
  .filter((message) => message.source !== message.destination && messageGas(message) <= MESSAGE_GAS.max);

export const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  { weight: 3, arbitrary: call },
  {
    weight: 1,
    arbitrary: call.filter(({ value }) => value > 0n).map((failed) => refundOf(failed, failed.index)),
  },
);
