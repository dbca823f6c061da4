import { keccak256Hex } from "@trellis/crypto";
import {
  type Address,
  createGenesis,
  KEY_ALGORITHMS,
  type SignedBy,
  type StateReader,
  TRANSACTION_TYPES,
  ZERO_HASH,
} from "@trellis/protocol";
import { expect, it } from "vitest";
import { minerAddress, testParameters } from "../chain/testing/testNetwork.ts";
import { createRealEvm } from "../finality/testing/stakedNetwork.ts";
import { testAddress, transfer } from "../mempool/testing/testPool.ts";
import { NO_MESSAGES } from "../shards/carryMessages.ts";
import { blockInputOf, executeBlock } from "./executeBlock.ts";
import { findRootDifference } from "./findHeaderDifference.ts";

const STATE: StateReader = { account: () => undefined, storage: () => 0n, code: () => new Uint8Array() };
const HEADER = {
  parents: [ZERO_HASH],
  timestampMs: 1_000,
  number: 1,
  baseFee: 1n,
  stream: 0,
  miner: minerAddress(0),
  finalized: ZERO_HASH,
  extra: new Uint8Array(0),
};
const REQUEST = {
  header: HEADER,
  merged: [],
  transactions: [],
  carried: NO_MESSAGES,
  parentTimestamp: 0,
  state: STATE,
  blockHash: () => ZERO_HASH,
  rules: { gasLimit: 30_000_000n, treasuryShareBasisPoints: 0, systemCalls: [] },
};

it.each([
  { fork: "cancun", number: 9, carrierNumber: 10, kept: [true, true, false] },
  { fork: "osaka", number: 10, carrierNumber: 9, kept: [true, false, true] },
  { fork: "osaka", number: 11, carrierNumber: 10, kept: [true, true, true] },
])("EXEC-9: block $number of $fork runs what its fork allows of carrier $carrierNumber", (row) => {
  const { fork, number, carrierNumber, kept } = row;
  const plain = transfer({ sender: testAddress(1), nonce: 0 });
  const above = transfer({ sender: testAddress(2), nonce: 0, gasLimit: (1n << 24n) + 1n });
  const setCode = transfer({ sender: testAddress(3), nonce: 0 });
  const carried = [
    plain,
    above,
    { ...setCode, transaction: { ...setCode.transaction, type: TRANSACTION_TYPES.setCode } },
  ];
  const merged = [
    {
      ...{ hash: ZERO_HASH, isBlue: true, transactions: carried },
      header: { miner: minerAddress(1), stream: 0, number: carrierNumber },
    },
  ];
  const parameters = testParameters({
    forks: [
      { name: "cancun", number: 0 },
      { name: "osaka", number: 10 },
    ],
  });
  const request = { ...REQUEST, merged, header: { ...HEADER, number } };
  const { carriers, context } = blockInputOf(parameters, request, () => true);
  expect(context.fork).toBe(fork);
  expect(carriers[0]!.transactions).toEqual(carried.filter((_, index) => kept[index]));
});

it("SHARD-13.1: a failed call before the transactions disqualifies the block", async () => {
  const reverter = testAddress(0x701);
  const code = Uint8Array.of(0x5f, 0x5f, 0xfd);
  const account = { nonce: 1n, balance: 0n, codeHash: keccak256Hex(code) };
  const state: StateReader = {
    ...STATE,
    account: (address) => (address === reverter ? account : undefined),
    code: () => code,
  };
  const header = { ...createGenesis(testParameters(), ZERO_HASH).header, ...HEADER };
  const differenceWith = async (to: Address) => {
    const call = { to, value: 0n, data: new Uint8Array(), gasLimit: 100_000n, isDelivery: false };
    const request = { ...REQUEST, state, carried: { openingCalls: [call], messages: [] } };
    const ports = { evm: createRealEvm(), isKeyValid: () => true, pace: undefined };
    const result = await executeBlock(testParameters(), request, ports);
    const { acceptedRoot, receiptsRoot, gasUsed, logsBloom } = result;
    return findRootDifference(
      { ...header, acceptedRoot, receiptsRoot, gasUsed, logsBloom },
      result,
      ZERO_HASH,
    );
  };
  expect(await differenceWith(testAddress(0x702))).toBeUndefined();
  expect(await differenceWith(reverter)).toMatchObject({ field: "batches", got: "failed delivery" });
});

it("reads the registry once for all ECDSA transactions of a sender, and once per key-agile transaction [TX-10]", () => {
  const ecdsa = (sender: number, nonce: number): SignedBy => transfer({ sender: testAddress(sender), nonce });
  const agile = (nonce: number): SignedBy => {
    const signed = ecdsa(1, nonce);
    const key = {
      algorithm: KEY_ALGORITHMS.mlDsa65,
      publicKey: Uint8Array.of(nonce),
      signature: new Uint8Array(),
    };
    const signature = { kind: "keyAgile", from: signed.sender, ...key } as const;
    return { ...signed, transaction: { ...signed.transaction, signature } };
  };
  const transactions = [ecdsa(1, 0), agile(1), ecdsa(1, 2), ecdsa(2, 0), agile(3), ecdsa(1, 4), ecdsa(2, 1)];
  const asked: SignedBy[] = [];
  const { carriers } = blockInputOf(testParameters(), { ...REQUEST, transactions }, (_, signed) => {
    asked.push(signed);
    return signed.sender === testAddress(1);
  });
  expect(asked.map((signed) => transactions.indexOf(signed))).toEqual([0, 1, 3, 4]);
  expect(carriers[0]!.transactions.map((signed) => transactions.indexOf(signed))).toEqual([0, 1, 2, 4, 5]);
});
