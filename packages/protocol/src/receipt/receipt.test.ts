import { bytesToHex, hexToBytes } from "@trellis/base";
import { keccak256Hex } from "@trellis/crypto";
import { describe, expect, it } from "vitest";
import {
  bloomBits,
  bloomContainsAny,
  countLogs,
  decodeReceiptRecord,
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  eachLog,
  encodeAccount,
  encodeReceipt,
  encodeReceiptRecord,
  encodeRlp,
  type Hash,
  type LogEntry,
  logsBloom,
  mergeBlooms,
  type Receipt,
  storedLogBytes,
} from "../index.ts";
import { refusal } from "../testing/refusal.ts";

const log: LogEntry = {
  address: `0x${"11".repeat(20)}`,
  topics: [`0x${"22".repeat(32)}`, `0x${"33".repeat(32)}`],
  data: hexToBytes("0x0102"),
};
const receipt: Receipt = {
  type: 2,
  status: 1,
  cumulativeGasUsed: 50_000n,
  logsBloom: logsBloom([log]),
  logs: [log],
  transactionHash: `0x${"44".repeat(32)}`,
  gasUsed: 29_000n,
  effectiveGasPrice: 10n ** 9n,
  contractAddress: null,
};
const throwsCode = (label: string, run: () => unknown) => expect(run).toThrow(refusal(label));

describe("BLOCK-12", () => {
  const fields = encodeRlp([1, 50_000, receipt.logsBloom, [[log.address, log.topics, log.data]]]);
  it("typed: the type, then status, gas, bloom and logs", () => {
    expect(encodeReceipt(receipt)).toEqual(Uint8Array.of(2, ...fields));
    expect(encodeReceipt({ ...receipt, type: 0x50 })).toEqual(Uint8Array.of(0x50, ...fields));
  });
  it("legacy: without the type", () => expect(encodeReceipt({ ...receipt, type: 0 })).toEqual(fields));
});

describe("BLOCK-13", () => {
  it("stores no derived fields, and recomputes the bloom", () => {
    expect(decodeReceiptRecord(encodeReceiptRecord(receipt))).toEqual(receipt);
    const created: Receipt = { ...receipt, status: 0, contractAddress: `0x${"55".repeat(20)}` };
    expect(decodeReceiptRecord(encodeReceiptRecord(created))).toEqual(created);
  });
  it("TX_TYPE_UNSUPPORTED", () => {
    const record = encodeReceiptRecord({ ...receipt, type: 3 as 2 });
    throwsCode("TX_TYPE_UNSUPPORTED", () => decodeReceiptRecord(record));
  });
  it("RLP_INVALID, too many items: five topics", () => {
    const topics = Array.from({ length: 5 }, () => log.topics[0]!);
    const record = encodeReceiptRecord({ ...receipt, logs: [{ ...log, topics }] });
    throwsCode("RLP_INVALID: too many items", () => decodeReceiptRecord(record).logs);
  });
  it("decodes logs lazily, one at a time, and counts them without decoding", () => {
    const topics = Array.from({ length: 5 }, () => log.topics[0]!);
    const damaged = encodeReceiptRecord({ ...receipt, logs: [log, { ...log, topics }] });
    const read: string[] = [];
    const stored = decodeReceiptRecord(damaged, (decode) => {
      read.push("read");
      return decode();
    });
    expect(read).toEqual([]);
    expect([countLogs(stored), countLogs(receipt)]).toEqual([2, 1]);
    expect(storedLogBytes(stored)).toBeLessThan(damaged.length);
    expect(storedLogBytes(receipt)).toBeUndefined();
    const logs = eachLog(stored)[Symbol.iterator]();
    expect(logs.next().value).toEqual(log);
    throwsCode("RLP_INVALID: too many items", () => logs.next());
    expect([...eachLog(receipt)]).toEqual([log]);
    expect(read).toHaveLength(3);
  });
});

describe("bloom filters", () => {
  it("set the bits defined by the yellow paper", () => {
    const hash = hexToBytes(keccak256Hex(hexToBytes(log.address)));
    const bits = [0, 2, 4].map((pair) => ((hash[pair]! << 8) | hash[pair + 1]!) % 2048);
    const expected = bits.reduce((bloom, bit) => bloom | (1n << BigInt(bit)), 0n);
    expect(BigInt(bytesToHex(logsBloom([{ address: log.address, topics: [] }])))).toBe(expected);
  });
  const contains = (bloom: Uint8Array, ...items: Hash[]) => bloomContainsAny(bloom, bloomBits(items));
  const other: Hash = `0x${"77".repeat(20)}`;
  const third: Hash = `0x${"99".repeat(20)}`;
  it("contain every log, and rarely anything else", () => {
    const bloom = receipt.logsBloom;
    for (const item of [log.address, ...log.topics]) {
      expect(contains(bloom, item) && contains(bloom, third, item, other)).toBe(true);
    }
    for (const items of [[third], [third, other], []]) expect(contains(bloom, ...items)).toBe(false);
  });
  it("merge to their union", () => {
    const merged = mergeBlooms([receipt.logsBloom, logsBloom([{ address: other, topics: [] }])]);
    expect(contains(merged, log.address) && contains(merged, other)).toBe(true);
    expect(mergeBlooms([])).toEqual(new Uint8Array(256));
  });
});

describe("BLOCK-14", () => {
  it("equals Ethereum's", () => {
    const encoded = encodeAccount({ nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH }, EMPTY_TRIE_ROOT);
    expect(bytesToHex(encoded)).toBe(`0xf8448080a0${EMPTY_TRIE_ROOT.slice(2)}a0${EMPTY_CODE_HASH.slice(2)}`);
  });
});
