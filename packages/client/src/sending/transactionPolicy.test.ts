import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import { createLocalSigner } from "@trellis/crypto";
import fc from "fast-check";
import { serializeTransaction } from "viem/utils";
import { describe, expect, it } from "vitest";
import { readUnsignedCall } from "./readUnsignedCall.ts";
import { SigningRecord } from "./SigningRecord.ts";
import { createCallSigner, type UnsignedCall, unsignedBytes } from "./signCall.ts";
import { refusalOfCall, type TransactionPolicy } from "./TransactionPolicy.ts";

const TO: Hex = `0x${"b2".repeat(20)}`;
const hex = (size: number) =>
  fc.uint8Array({ minLength: size, maxLength: size }).map((bytes) => bytesToHex(bytes));
const wei = fc.bigInt({ min: 0n, max: 2n ** 100n });
const calls: fc.Arbitrary<UnsignedCall> = fc
  .record({
    chainId: fc.integer({ min: 1, max: 2 ** 40 }),
    to: hex(20),
    data: fc.uint8Array({ maxLength: 80 }).map((bytes) => bytesToHex(bytes)),
    valueWei: wei,
    nonce: fc.nat(),
    gasLimit: fc.bigInt({ min: 0n, max: 2n ** 60n }),
    maxFeeWei: wei,
    maxTipWei: wei,
  })
  .map((call) => ({ ...call, maxTipWei: call.maxTipWei % (call.maxFeeWei + 1n) }));

describe("unsigned transactions", () => {
  it("are read as they were written", () => {
    fc.assert(
      fc.property(calls, (call) => {
        expect(readUnsignedCall(unsignedBytes(call))).toEqual(call);
      }),
    );
  });

  it("any changed byte gives another transaction or none, never an exception", () => {
    fc.assert(
      fc.property(calls, fc.nat(), fc.integer({ min: 1, max: 255 }), (call, at, change) => {
        const bytes = unsignedBytes(call);
        bytes[at % bytes.length]! ^= change;
        const read = readUnsignedCall(bytes);
        if (read !== undefined) expect(unsignedBytes(read)).toEqual(bytes);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => readUnsignedCall(Uint8Array.of(2, ...bytes)) === undefined),
    );
  });

  it("signed ones, creations, access lists and other types are none", async () => {
    const [call] = fc.sample(calls, 1) as [UnsignedCall];
    const { raw } = await createCallSigner(createLocalSigner(new Uint8Array(32).fill(7))).signCall(call);
    const fields = { chainId: 1, nonce: 0, gas: 1n, maxFeePerGas: 1n, maxPriorityFeePerGas: 1n } as const;
    const others = [
      raw,
      serializeTransaction({ ...fields, type: "eip1559", data: "0x01" }),
      serializeTransaction({
        ...fields,
        type: "eip1559",
        to: TO,
        accessList: [{ address: TO, storageKeys: [] }],
      }),
      serializeTransaction({ type: "legacy", chainId: 1, nonce: 0, gas: 1n, gasPrice: 1n, to: TO }),
    ];
    for (const text of others) expect(readUnsignedCall(hexToBytes(text)), text).toBeUndefined();
  });
});

describe("policy of transactions [SIGNER-4]", () => {
  const policy: TransactionPolicy = {
    chains: [1],
    recipients: [TO],
    selectors: ["0x12345678", "0x"],
    call: (data) => data.length === 12,
    valueWeiMax: 5n,
    gasPriceWeiMax: 10n,
    gasLimitMax: 100n,
    signaturesPerDayMax: 2,
    dayWeiMax: 1_000n,
  };
  const call: UnsignedCall = {
    chainId: 1,
    to: TO,
    data: "0x1234567800",
    valueWei: 0n,
    nonce: 0,
    gasLimit: 100n,
    maxFeeWei: 10n,
    maxTipWei: 10n,
  };
  const ruleOf = (
    change: Partial<UnsignedCall>,
    record = new SigningRecord(),
    changed: Partial<TransactionPolicy> = {},
  ) => refusalOfCall({ ...call, ...change }, { ...policy, ...changed }, record, 0)?.rule;

  it("admits at each bound and refuses one past it", () => {
    expect(ruleOf({})).toBeUndefined();
    expect(ruleOf({ data: "0x", gasLimit: 1n, valueWei: 5n })).toBeUndefined();
    expect(ruleOf({ chainId: 2 })).toBe("chain");
    expect(ruleOf({ to: `0x${"b3".repeat(20)}` })).toBe("recipient");
    expect(ruleOf({ to: `0x${"b3".repeat(20)}` }, undefined, { recipients: ["*"] })).toBeUndefined();
    for (const data of ["0x12345679", "0x1234", "0x12"] as const) expect(ruleOf({ data })).toBe("selector");
    expect(ruleOf({ data: "0x1234567800ff" })).toBe("call");
    expect(ruleOf({ valueWei: 6n })).toBe("value");
    expect(ruleOf({ maxFeeWei: 11n })).toBe("gasPrice");
    expect(ruleOf({ maxFeeWei: 9n })).toBe("gasPrice");
    expect(ruleOf({ gasLimit: 101n })).toBe("gas");
  });

  it("counts a day's transactions and their cost; a replacement adds its difference", () => {
    const record = new SigningRecord();
    record.sign({ ...call, gasLimit: 50n }, 0);
    expect(ruleOf({}, record)).toBeUndefined();
    expect(ruleOf({ nonce: 1 }, record)).toBe("day");
    expect(ruleOf({ nonce: 1, gasLimit: 50n }, record)).toBeUndefined();
    record.sign({ ...call, nonce: 1, gasLimit: 1n }, 0);
    expect(ruleOf({ nonce: 2, gasLimit: 1n }, record)).toBe("day");
    expect(refusalOfCall(call, policy, record, 86_400_000)).toBeUndefined();
  });
});
