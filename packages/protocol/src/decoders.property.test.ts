import { bytesEqual, concatBytes, isTrellisError } from "@trellis/base";
import { rlpVariants } from "@trellis/kit/rlp";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Account,
  type Address,
  ANCHORED_HEADER_VERSION,
  type Block,
  type Body,
  type Certificate,
  type CrossLink,
  compactToTarget,
  createBlock,
  createTransaction,
  decodeAccount,
  decodeBlock,
  decodeBody,
  decodeCertificate,
  decodeCrossLink,
  decodeEvidence,
  decodeHeader,
  decodeHeartbeat,
  decodeMessageBatch,
  decodeProposal,
  decodeReceiptRecord,
  decodeRlp,
  decodeTransaction,
  decodeVote,
  type Evidence,
  encodeAccount,
  encodeBlock,
  encodeBody,
  encodeCertificate,
  encodeCrossLink,
  encodeEvidence,
  encodeHeader,
  encodeHeartbeat,
  encodeMessageBatch,
  encodeProposal,
  encodeReceiptRecord,
  encodeRlp,
  encodeTransaction,
  encodeVote,
  type Hash,
  type Header,
  type Heartbeat,
  type LogEntry,
  logsBloom,
  type MessageBatch,
  type ProvenProposal,
  type Receipt,
  type RlpInput,
  type Signed,
  TRANSACTION_TYPES,
  type Transaction,
  targetToCompact,
  UINT256_MAX,
  type UnsignedTransaction,
  type Vote,
} from "./index.ts";
import { anyMessage } from "./shards/testing/anyMessage.ts";

const MUTATED_CASES = 90_000;
const RANDOM_CASES = 20_000;
const ROUND_TRIPS = 2_000;
const VARIED_ENCODINGS = 64;

const limits = { bodyBytesMax: 16_384, transactionBytesMax: 1_024 };

const UINT64_BITS = 64n;
const uint = (bits: bigint) => fc.bigInt({ min: 0n, max: (1n << bits) - 1n });
const uint64 = uint(UINT64_BITS);
const uint256 = uint(256n);
const safe = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const bytesOf = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
const hexOf = (size: number) =>
  bytesOf(size).map((bytes) => `0x${Buffer.from(bytes).toString("hex")}` as const);
const hash: fc.Arbitrary<Hash> = hexOf(32);
const address: fc.Arbitrary<Address> = hexOf(20);
const data = fc.uint8Array({ maxLength: 100 });

const accessList = fc.array(fc.record({ address, storageKeys: fc.array(hash, { maxLength: 3 }) }), {
  maxLength: 3,
});

const message = fc.record({
  nonce: uint64,
  gasLimit: uint64,
  to: fc.option(address),
  value: uint256,
  data,
});
const ecdsa = fc.record({
  kind: fc.constant("ecdsa" as const),
  r: uint256,
  s: uint256,
  yParity: fc.constantFrom(0 as const, 1 as const),
});

const chainId = fc.bigInt({ min: 1n, max: (1n << UINT64_BITS) - 1n });
const onePrice = uint256.map((price) => ({ maxFeePerGas: price, maxPriorityFeePerGas: price }));
const twoFees = fc.record({ maxFeePerGas: uint256, maxPriorityFeePerGas: uint256 });

const legacy = fc.tuple(message, chainId, onePrice).map(
  ([fields, id, fees]): UnsignedTransaction => ({
    type: TRANSACTION_TYPES.legacy,
    chainId: id,
    accessList: [],
    ...fields,
    ...fees,
  }),
);
const withAccessList = fc.tuple(message, chainId, onePrice, accessList).map(
  ([fields, id, fees, list]): UnsignedTransaction => ({
    type: TRANSACTION_TYPES.accessList,
    chainId: id,
    accessList: list,
    ...fields,
    ...fees,
  }),
);
const withTwoFees = (type: UnsignedTransaction["type"]) =>
  fc.tuple(message, uint64, twoFees, accessList).map(
    ([fields, id, fees, list]): UnsignedTransaction => ({
      type,
      chainId: id,
      accessList: list,
      ...fields,
      ...fees,
    }),
  );
const authorization = fc.record({
  chainId: uint256,
  address,
  nonce: uint64,
  yParity: fc.nat({ max: 255 }),
  r: uint256,
  s: uint256,
});
const withAuthorizations = fc
  .tuple(
    withTwoFees(TRANSACTION_TYPES.setCode),
    address,
    fc.array(authorization, { minLength: 1, maxLength: 3 }),
  )
  .map(([fields, to, authorizationList]): UnsignedTransaction => ({ ...fields, to, authorizationList }));
const keyAgile = fc.record({
  kind: fc.constant("keyAgile" as const),
  from: address,
  algorithm: fc.constant(3 as const),
  publicKey: bytesOf(33),
  signature: bytesOf(64),
});

const transaction: fc.Arbitrary<Transaction> = fc.oneof(
  fc
    .tuple(
      fc.oneof(legacy, withAccessList, withTwoFees(TRANSACTION_TYPES.dynamicFee), withAuthorizations),
      ecdsa,
    )
    .map(([unsigned, signature]) => createTransaction(unsigned, signature)),
  fc
    .tuple(withTwoFees(TRANSACTION_TYPES.keyAgile), keyAgile)
    .map(([unsigned, signature]) => createTransaction(unsigned, signature)),
);

const plainHeader: fc.Arbitrary<Header> = fc.record({
  version: fc.nat({ max: 0xffff }).filter((version) => version !== ANCHORED_HEADER_VERSION),
  shard: fc.nat({ max: 0xffff }),
  parents: fc.array(hash, { maxLength: 4 }),
  bodyRoot: hash,
  acceptedRoot: hash,
  stateRoot: hash,
  receiptsRoot: hash,
  logsBloom: bytesOf(4).map((few) => new Uint8Array(256).fill(few[0]!)),
  gasUsed: uint64,
  baseFee: uint256,
  timestampMs: safe,
  stream: fc.nat({ max: 0xff }),
  bits: fc.nat({ max: 0xffffffff }),
  daaScore: safe,
  blueScore: safe,
  blueWork: uint256,
  number: safe,
  finalized: hash,
  miner: address,
  extra: fc.uint8Array({ maxLength: 32 }),
  seal: fc.record({ branch: fc.array(hash, { maxLength: 2 }), nonce: uint64 }),
});
const header: fc.Arbitrary<Header> = fc.oneof(
  plainHeader,
  fc.tuple(plainHeader, fc.record({ hash, number: safe, epoch: safe })).map(([plain, anchor]) => ({
    ...plain,
    version: ANCHORED_HEADER_VERSION,
    anchor,
  })),
);

const uint32 = fc.nat({ max: 2 ** 32 - 1 });
const signature = bytesOf(96);
const ballot = {
  epoch: safe,
  height: safe,
  round: uint32,
  step: fc.constantFrom("prevote" as const, "precommit" as const),
};
const certificate: fc.Arbitrary<Certificate> = fc.record({
  ...ballot,
  value: hash,
  signature,
  signers: fc.uint8Array({ maxLength: 8 }),
});
const validator = fc.nat({ max: 1_023 });
const vote: fc.Arbitrary<Signed<Vote>> = fc.record({
  message: fc.record({
    ...ballot,
    value: fc.option(hash, { nil: undefined }),
    validator,
  }),
  signature,
});
const proposal: fc.Arbitrary<ProvenProposal> = fc.record({
  message: fc.record({
    epoch: safe,
    height: safe,
    round: uint32,
    value: hash,
    validRound: fc.integer({ min: -1, max: 2 ** 31 }),
    validator,
  }),
  signature,
  proof: fc.option(certificate, { nil: undefined }),
});
const heartbeat: fc.Arbitrary<Signed<Heartbeat>> = fc.record({
  message: fc.record({ epoch: safe, height: safe, slot: safe, validator }),
  signature,
});
const evidence: fc.Arbitrary<Evidence> = fc.record({ first: vote, second: vote });
const crossLink: fc.Arbitrary<CrossLink> = fc.record({ header, certificate });
const nodes = fc.array(bytesOf(40), { maxLength: 3 });
const messageBatch: fc.Arbitrary<MessageBatch> = fc.record({
  source: fc.nat({ max: 0xffff }),
  previousHead: hash,
  messages: fc.array(anyMessage, { maxLength: 3 }),
  proof: fc.record({ accountNodes: nodes, storageNodes: nodes }),
});
const lists = {
  transactions: fc.array(transaction, { maxLength: 3 }),
  certificates: fc.array(certificate, { maxLength: 2 }),
  evidence: fc.array(evidence, { maxLength: 2 }),
};
const crossShard = fc.record({
  batches: fc.array(messageBatch, { maxLength: 2 }),
  crossLinks: fc.array(crossLink, { maxLength: 2 }),
});
const body: fc.Arbitrary<Body> = fc.oneof(fc.record(lists), fc.record({ ...lists, crossShard }));

const block: fc.Arbitrary<Block> = fc.tuple(header, body).map(([head, held]) => createBlock(head, held));

const log: fc.Arbitrary<LogEntry> = fc.record({ address, topics: fc.array(hash, { maxLength: 4 }), data });

const receipt: fc.Arbitrary<Receipt> = fc
  .record({
    type: fc.constantFrom(...Object.values(TRANSACTION_TYPES)),
    status: fc.constantFrom(0 as const, 1 as const),
    cumulativeGasUsed: uint64,
    logs: fc.array(log, { maxLength: 3 }),
    transactionHash: hash,
    gasUsed: uint64,
    effectiveGasPrice: uint256,
    contractAddress: fc.option(address),
  })
  .map((fields) => ({ ...fields, logsBloom: logsBloom(fields.logs) }));

const account: fc.Arbitrary<Account> = fc.record({
  nonce: uint64,
  balance: uint256,
  codeHash: hash,
});

type Mutation =
  | { readonly kind: "set"; readonly at: number; readonly value: number }
  | { readonly kind: "insert"; readonly at: number; readonly value: number }
  | { readonly kind: "remove"; readonly at: number }
  | { readonly kind: "cut"; readonly at: number };

const position = fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 2_000 }));
const value = fc.oneof(
  fc.nat({ max: 255 }),
  fc.constantFrom(0x00, 0x01, 0x7f, 0x80, 0x81, 0xb7, 0xb8, 0xbf, 0xc0, 0xf7, 0xf8, 0xff),
);
const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("set" as const), at: position, value }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("insert" as const), at: position, value }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), at: position }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut" as const), at: position }) },
);

function mutate(bytes: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  let mutated = bytes;
  for (const change of mutations) {
    const at = change.at % (mutated.length + 1);
    const [before, from] = [mutated.subarray(0, at), mutated.subarray(at)];
    if (change.kind === "set") mutated = concatBytes(before, Uint8Array.of(change.value), from.subarray(1));
    else if (change.kind === "insert") mutated = concatBytes(before, Uint8Array.of(change.value), from);
    else if (change.kind === "remove") mutated = concatBytes(before, from.subarray(1));
    else mutated = before;
  }
  return mutated;
}

interface Codec<T> {
  readonly name: string;
  readonly values: fc.Arbitrary<T>;
  encode(value: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

const rlpTree = fc.letrec<{ item: RlpInput }>((tie) => ({
  item: fc.oneof({ maxDepth: 4 }, fc.uint8Array({ maxLength: 70 }), fc.array(tie("item"), { maxLength: 5 })),
})).item;

const codecs: readonly Codec<never>[] = [
  codec("rlp", rlpTree, encodeRlp, decodeRlp),
  codec(
    "transaction",
    transaction,
    (transaction) => encodeTransaction(transaction, transaction.signature),
    decodeTransaction,
  ),
  codec("header", header, encodeHeader, decodeHeader),
  // A copy is encoded again, unlike the decoded body itself.
  codec("body", body, encodeBody, (bytes) => ({ ...decodeBody(bytes, limits) })),
  codec("block", block, encodeBlock, (bytes) => decodeBlock(bytes, limits)),
  codec("receipt record", receipt, encodeReceiptRecord, decodeReceiptRecord),
  codec(
    "account",
    fc.record({ account: account, storageRoot: hash }),
    ({ account, storageRoot }) => encodeAccount(account, storageRoot),
    decodeAccount,
  ),
  codec("vote", vote, encodeVote, decodeVote),
  codec("proposal", proposal, encodeProposal, decodeProposal),
  codec("certificate", certificate, encodeCertificate, decodeCertificate),
  codec("evidence", evidence, encodeEvidence, decodeEvidence),
  codec("heartbeat", heartbeat, encodeHeartbeat, decodeHeartbeat),
  codec("cross-link", crossLink, encodeCrossLink, decodeCrossLink),
  codec("message batch", messageBatch, encodeMessageBatch, decodeMessageBatch),
];

for (const { name, values, encode, decode } of codecs) {
  const sharesMemory = ["rlp", "transaction", "body", "block", "receipt record"].includes(name);

  describe(name, () => {
    let decodedCount = 0;
    const encodesBack = (bytes: Uint8Array): boolean => {
      try {
        const value = decode(bytes);
        decodedCount++;
        return bytesEqual(encode(value), bytes);
      } catch (error) {
        if (isTrellisError(error)) return true;
        throw error;
      }
    };

    it("inverts the encoder", () => {
      fc.assert(
        fc.property(values, (value) => {
          expect(decode(encode(value))).toEqual(value);
        }),
        { numRuns: ROUND_TRIPS },
      );
    });

    it("decodes a mutated encoding to a value with the same bytes, or refuses it with a code", () => {
      const encodings = fc.sample(values, { numRuns: 64, seed: 1 }).map(encode);
      const mutated = fc
        .tuple(fc.constantFrom(...encodings), fc.array(mutation, { minLength: 1, maxLength: 3 }))
        .map(([bytes, mutations]) => mutate(bytes, mutations));
      fc.assert(fc.property(mutated, encodesBack), { numRuns: MUTATED_CASES });
      expect(decodedCount).toBeGreaterThan(MUTATED_CASES / 100);
    });

    it("accepts only the canonical encoding: no extra item, long form or leading zero at any level [RLP-2]", () => {
      let refusedCount = 0;
      for (const bytes of fc.sample(values, { numRuns: VARIED_ENCODINGS, seed: 1 }).map(encode)) {
        const isTyped = bytes[0]! < 0x80 && bytes.length > 1;
        for (const variant of rlpVariants(bytes, isTyped ? 1 : 0)) {
          const before = decodedCount;
          if (!encodesBack(variant.bytes)) expect.fail(`${variant.name} of 0x${bytes.toHex()}`);
          if (decodedCount === before) refusedCount++;
        }
      }
      expect(refusedCount).toBeGreaterThan(VARIED_ENCODINGS);
    });

    if (!sharesMemory) {
      it("decodes to a value that shares no bytes with the input", () => {
        fc.assert(
          fc.property(values, (value) => {
            const bytes = encode(value);
            const decoded = decode(bytes);
            bytes.fill(0);
            expect(decoded).toEqual(value);
          }),
          { numRuns: 50 },
        );
      });
    }

    it("refuses random bytes with a code", () => {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), encodesBack), { numRuns: RANDOM_CASES });
    });
  });
}

describe("compact targets", () => {
  it("BLOCK-8: read as bits give a target in range, or BITS_INVALID", () => {
    fc.assert(
      fc.property(fc.nat({ max: 0xffffffff }), (bits) => {
        try {
          const target = compactToTarget(bits);
          return target > 0n && target <= UINT256_MAX && compactToTarget(targetToCompact(target)) === target;
        } catch (error) {
          return isTrellisError(error, "BITS_INVALID");
        }
      }),
      { numRuns: MUTATED_CASES + RANDOM_CASES },
    );
  });

  it("BLOCK-8: encoding a target loses less than 2^-15 of it, and never increases it", () => {
    fc.assert(
      fc.property(
        fc.tuple(uint256, fc.nat({ max: 255 })).map(([value, shift]) => (value >> BigInt(shift)) + 1n),
        (target) => {
          fc.pre(target <= UINT256_MAX);
          const written = compactToTarget(targetToCompact(target));
          return written <= target && (target - written) << 15n < target;
        },
      ),
      { numRuns: 10_000 },
    );
  });
});

function codec<T>(
  name: string,
  values: fc.Arbitrary<T>,
  encode: (value: T) => Uint8Array,
  decode: (bytes: Uint8Array) => T,
): Codec<never> {
  return { name, values, encode, decode } as unknown as Codec<never>;
}
