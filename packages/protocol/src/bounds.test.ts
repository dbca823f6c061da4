import { bigintToMinimalBytes, bytesToBigint } from "@trellis/base";
import { describe, expect, it } from "vitest";
import {
  ANCHORED_HEADER_VERSION,
  type Ballot,
  createTransaction,
  decodeAccount,
  decodeCertificate,
  decodeHeader,
  decodeHeartbeat,
  decodeProposal,
  decodeReceiptRecord,
  decodeRlp,
  decodeTransaction,
  decodeVote,
  encodeAccount,
  encodeCertificate,
  encodeHeader,
  encodeHeartbeat,
  encodeProposal,
  encodeReceiptRecord,
  encodeRlp,
  encodeVote,
  type Hash,
  HEADER_LIMITS,
  type Header,
  type RlpItem,
  TRANSACTION_TYPES,
  UINT256_MAX,
  type UnsignedTransaction,
  VALIDATORS_MAX,
} from "./index.ts";
import { refusal } from "./testing/refusal.ts";

const UINT32_MAX = 2 ** 32 - 1;
const UINT64_MAX = (1n << 64n) - 1n;
const SAFE_MAX = Number.MAX_SAFE_INTEGER;

const hash: Hash = `0x${"11".repeat(32)}`;
const address = `0x${"22".repeat(20)}` as const;
const signature = new Uint8Array(96).fill(7);
const ballot: Ballot = { epoch: SAFE_MAX, height: SAFE_MAX, round: UINT32_MAX, step: "precommit" };
const validator = VALIDATORS_MAX - 1;

const widestTransaction = {
  nonce: UINT64_MAX,
  gasLimit: UINT64_MAX,
  to: address,
  value: UINT256_MAX,
  data: new Uint8Array(3),
  chainId: UINT64_MAX,
  maxFeePerGas: UINT256_MAX,
  maxPriorityFeePerGas: UINT256_MAX,
  accessList: [],
};
const transactionOf = (type: UnsignedTransaction["type"]) =>
  createTransaction(
    { ...widestTransaction, type },
    { kind: "ecdsa", r: UINT256_MAX, s: UINT256_MAX, yParity: 1 },
  ).encoded;

const widestHeader: Header = {
  version: HEADER_LIMITS.uint16Max,
  shard: HEADER_LIMITS.uint16Max,
  parents: Array(HEADER_LIMITS.parentsMax).fill(hash),
  bodyRoot: hash,
  acceptedRoot: hash,
  stateRoot: hash,
  receiptsRoot: hash,
  logsBloom: new Uint8Array(256),
  gasUsed: UINT64_MAX,
  baseFee: UINT256_MAX,
  timestampMs: SAFE_MAX,
  stream: HEADER_LIMITS.uint8Max,
  bits: HEADER_LIMITS.uint32Max,
  daaScore: SAFE_MAX,
  blueScore: SAFE_MAX,
  blueWork: UINT256_MAX,
  number: SAFE_MAX,
  finalized: hash,
  miner: address,
  extra: new Uint8Array(HEADER_LIMITS.extraBytesMax),
  seal: { branch: Array(HEADER_LIMITS.branchMax).fill(hash), nonce: UINT64_MAX },
};

interface Case {
  readonly name: string;
  readonly widest: Uint8Array;
  decode(bytes: Uint8Array): unknown;
  readonly integers: readonly number[];
  readonly sizes: readonly number[];
  readonly unbounded: readonly number[];
}

const CASES: readonly Case[] = [
  {
    name: "header",
    widest: encodeHeader(widestHeader),
    decode: decodeHeader,
    integers: [0, 1, 8, 9, 10, 11, 12, 13, 14, 15, 16],
    sizes: [2, 3, 4, 5, 6, 7, 17, 18, 19, 20],
    unbounded: [],
  },
  {
    name: "header with an anchor",
    widest: encodeHeader({
      ...widestHeader,
      version: ANCHORED_HEADER_VERSION,
      anchor: { hash, number: SAFE_MAX, epoch: SAFE_MAX },
    }),
    decode: decodeHeader,
    integers: [0, 1, 8, 9, 10, 11, 12, 13, 14, 15, 16],
    sizes: [2, 3, 4, 5, 6, 7, 17, 18, 19, 20, 21],
    unbounded: [],
  },
  {
    name: "legacy transaction",
    widest: transactionOf(TRANSACTION_TYPES.legacy),
    decode: decodeTransaction,
    integers: [0, 1, 2, 4, 6, 7, 8],
    sizes: [3],
    unbounded: [5],
  },
  {
    name: "transaction with an access list",
    widest: transactionOf(TRANSACTION_TYPES.accessList),
    decode: decodeTransaction,
    integers: [0, 1, 2, 3, 5, 8, 9, 10],
    sizes: [4],
    unbounded: [6, 7],
  },
  {
    name: "transaction with two fees",
    widest: transactionOf(TRANSACTION_TYPES.dynamicFee),
    decode: decodeTransaction,
    integers: [0, 1, 2, 3, 4, 6, 9, 10, 11],
    sizes: [5],
    unbounded: [7, 8],
  },
  {
    name: "receipt record",
    widest: encodeReceiptRecord({
      type: TRANSACTION_TYPES.keyAgile,
      status: 1,
      cumulativeGasUsed: UINT64_MAX,
      logs: [],
      logsBloom: new Uint8Array(256),
      transactionHash: hash,
      gasUsed: UINT64_MAX,
      effectiveGasPrice: UINT256_MAX,
      contractAddress: address,
    }),
    decode: decodeReceiptRecord,
    integers: [0, 1, 2, 5, 6],
    sizes: [4, 7],
    unbounded: [3],
  },
  {
    name: "account",
    widest: encodeAccount({ nonce: UINT64_MAX, balance: UINT256_MAX, codeHash: hash }, hash),
    decode: decodeAccount,
    integers: [0, 1],
    sizes: [2, 3],
    unbounded: [],
  },
  {
    name: "vote",
    widest: encodeVote({ message: { ...ballot, value: hash, validator }, signature }),
    decode: decodeVote,
    integers: [0, 1, 2, 3, 5],
    sizes: [4, 6],
    unbounded: [],
  },
  {
    name: "proposal",
    widest: encodeProposal({
      message: {
        epoch: SAFE_MAX,
        height: SAFE_MAX,
        round: UINT32_MAX,
        value: hash,
        validRound: UINT32_MAX - 1,
        validator,
      },
      signature,
      proof: undefined,
    }),
    decode: decodeProposal,
    integers: [0, 1, 2, 4, 5],
    sizes: [3, 6, 7],
    unbounded: [],
  },
  {
    name: "certificate",
    widest: encodeCertificate({
      ...ballot,
      value: hash,
      signers: new Uint8Array(VALIDATORS_MAX / 8).fill(0xff),
      signature,
    }),
    decode: decodeCertificate,
    integers: [0, 1, 2, 3],
    sizes: [4, 5, 6],
    unbounded: [],
  },
  {
    name: "heartbeat",
    widest: encodeHeartbeat({
      message: { epoch: SAFE_MAX, height: SAFE_MAX, slot: SAFE_MAX, validator },
      signature,
    }),
    decode: decodeHeartbeat,
    integers: [0, 1, 2, 3],
    sizes: [4],
    unbounded: [],
  },
];

function plusOne(item: RlpItem): RlpItem {
  return bigintToMinimalBytes(bytesToBigint(item as Uint8Array) + 1n);
}

function longer(item: RlpItem): RlpItem {
  return item instanceof Uint8Array ? Uint8Array.of(...item, 1) : [...item, item.at(-1) ?? new Uint8Array(0)];
}

describe.each(CASES)("bounds of a $name", ({ widest, decode, integers, sizes, unbounded }) => {
  const start = widest[0]! < 0xc0 ? 1 : 0;
  const items = decodeRlp(widest.subarray(start)) as readonly RlpItem[];
  const withItem = (index: number, item: RlpItem): Uint8Array =>
    Uint8Array.of(...widest.subarray(0, start), ...encodeRlp(items.with(index, item)));

  it("accepts each value at its bound", () => {
    expect([...integers, ...sizes, ...unbounded].sort((a, b) => a - b)).toEqual([...items.keys()]);
    expect(() => decode(widest)).not.toThrow();
  });

  it.each(integers)("refuses an integer one past its bound: item %i", (index) => {
    expect(() => decode(withItem(index, plusOne(items[index]!)))).toThrow(
      expect.objectContaining({ consequence: "penalise" }),
    );
  });

  it.each(sizes)("refuses one byte or item too many: item %i", (index) => {
    expect(() => decode(withItem(index, longer(items[index]!)))).toThrow(
      expect.objectContaining({ consequence: "penalise" }),
    );
  });
});

describe("bounds of inner lists", () => {
  const refusedWith = (label: string, decode: () => unknown) => expect(decode).toThrow(refusal(label));

  it("siblings and the nonce of a seal", () => {
    const { widest } = CASES.find(({ name }) => name === "header")!;
    const header = decodeHeader(widest);
    const withSeal = (seal: typeof header.seal) => () => decodeHeader(encodeHeader({ ...header, seal }));
    const { branch, nonce } = header.seal;
    refusedWith("RLP_INVALID: too many items", withSeal({ branch: [...branch, hash], nonce }));
    refusedWith("RLP_INVALID: integer too great", withSeal({ branch, nonce: nonce + 1n }));
  });

  it("topics of a log", () => {
    const { widest } = CASES.find(({ name }) => name === "receipt record")!;
    const receipt = decodeReceiptRecord(widest);
    const withTopics = (count: number) => () =>
      decodeReceiptRecord(
        encodeReceiptRecord({
          ...receipt,
          logs: [{ address, topics: Array(count).fill(hash), data: new Uint8Array(0) }],
        }),
      ).logs;
    expect(withTopics(4)).not.toThrow();
    refusedWith("RLP_INVALID: too many items", withTopics(5));
  });
});
