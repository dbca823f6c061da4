import { KEY_ALGORITHMS, type SignedBy, type StateReader, ZERO_HASH } from "@trellis/protocol";
import { expect, it } from "vitest";
import { minerAddress, testParameters } from "../chain/testing/testNetwork.ts";
import { testAddress, transfer } from "../mempool/testing/testPool.ts";
import { blockInputOf } from "./executeBlock.ts";

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
  const state: StateReader = { account: () => undefined, storage: () => 0n, code: () => new Uint8Array() };
  const header = {
    parents: [ZERO_HASH],
    timestampMs: 1_000,
    number: 1,
    baseFee: 1n,
    stream: 0,
    miner: minerAddress(0),
    finalized: ZERO_HASH,
  };
  const asked: SignedBy[] = [];
  const { carriers } = blockInputOf(
    testParameters(),
    {
      header,
      merged: [],
      transactions,
      parentTimestamp: 0,
      state,
      blockHash: () => ZERO_HASH,
      rules: { gasLimit: 30_000_000n, treasuryShareBasisPoints: 0, systemCalls: [] },
    },
    (_, signed) => {
      asked.push(signed);
      return signed.sender === testAddress(1);
    },
  );
  expect(asked.map((signed) => transactions.indexOf(signed))).toEqual([0, 1, 3, 4]);
  expect(carriers[0]!.transactions.map((signed) => transactions.indexOf(signed))).toEqual([0, 1, 2, 4, 5]);
});
