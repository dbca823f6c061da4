import fc from "fast-check";
import {
  type Account,
  type Address,
  type Block,
  createBlock,
  createTransaction,
  type Hash,
  type Header,
  type LogEntry,
  logsBloom,
  type Receipt,
  TRANSACTION_TYPES,
  type Transaction,
  type UnsignedTransaction,
} from "../index.ts";

/** Arbitrary values of the protocol, every one of which has an encoding. */

const UINT64_BITS = 64n;
const uint = (bits: bigint) => fc.bigInt({ min: 0n, max: (1n << bits) - 1n });
export const uint64 = uint(UINT64_BITS);
export const uint256 = uint(256n);
const safe = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const bytesOf = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
const hexOf = (size: number) =>
  bytesOf(size).map((bytes) => `0x${Buffer.from(bytes).toString("hex")}` as const);
export const hash: fc.Arbitrary<Hash> = hexOf(32);
export const address: fc.Arbitrary<Address> = hexOf(20);
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
/** Small keys and signatures only, for speed: the sizes of ML-DSA are shown elsewhere. */
const keyAgile = fc.record({
  kind: fc.constant("keyAgile" as const),
  from: address,
  algorithm: fc.constant(3 as const),
  publicKey: bytesOf(33),
  signature: bytesOf(64),
});

export const transaction: fc.Arbitrary<Transaction> = fc.oneof(
  fc
    .tuple(fc.oneof(legacy, withAccessList, withTwoFees(TRANSACTION_TYPES.dynamicFee)), ecdsa)
    .map(([unsigned, signature]) => createTransaction(unsigned, signature)),
  fc
    .tuple(withTwoFees(TRANSACTION_TYPES.keyAgile), keyAgile)
    .map(([unsigned, signature]) => createTransaction(unsigned, signature)),
);

export const header: fc.Arbitrary<Header> = fc.record({
  version: fc.nat({ max: 0xffff }),
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

export const block: fc.Arbitrary<Block> = fc
  .tuple(header, fc.array(transaction, { maxLength: 3 }))
  .map(([head, transactions]) => createBlock(head, { transactions }));

const log: fc.Arbitrary<LogEntry> = fc.record({ address, topics: fc.array(hash, { maxLength: 4 }), data });

export const receipt: fc.Arbitrary<Receipt> = fc
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

export const account: fc.Arbitrary<Account> = fc.record({
  nonce: uint64,
  balance: uint256,
  codeHash: hash,
});

/** What a fuzzer does to a valid encoding. */
export type Mutation =
  | { readonly kind: "set"; readonly at: number; readonly value: number }
  | { readonly kind: "insert"; readonly at: number; readonly value: number }
  | { readonly kind: "remove"; readonly at: number }
  | { readonly kind: "cut"; readonly at: number };

/** Positions are drawn near the start as often as anywhere: headers stand there. */
const position = fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 2_000 }));
const value = fc.oneof(
  fc.nat({ max: 255 }),
  fc.constantFrom(0x00, 0x01, 0x7f, 0x80, 0x81, 0xb7, 0xb8, 0xbf, 0xc0, 0xf7, 0xf8, 0xff),
);
export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("set" as const), at: position, value }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("insert" as const), at: position, value }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), at: position }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut" as const), at: position }) },
);

export function mutate(bytes: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  let mutated = Array.from(bytes);
  for (const change of mutations) {
    const at = change.at % (mutated.length + 1);
    if (change.kind === "set") mutated[Math.min(at, mutated.length - 1)] = change.value;
    else if (change.kind === "insert") mutated.splice(at, 0, change.value);
    else if (change.kind === "remove") mutated.splice(at, 1);
    else mutated = mutated.slice(0, at);
  }
  return Uint8Array.from(mutated);
}
