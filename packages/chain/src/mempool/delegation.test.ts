import { bytesToHex, hexToBytes, isTrellisError, type TrellisError } from "@trellis/base";
import { keccak256Hex, privateKeyToAddress } from "@trellis/crypto";
import {
  type Address,
  type SignedBy,
  signAuthorization,
  signTransaction,
  TRANSACTION_TYPES,
} from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import { ALICE, BOB, createFunded, fund, REMOTE, RICH, type TestPool, transfer } from "./testing/testPool.ts";

const DAVE_KEY = new Uint8Array(32).fill(4);
const DAVE: Address = bytesToHex(privateKeyToAddress(DAVE_KEY));
const DESIGNATOR = hexToBytes(`0xef0100${"ab".repeat(20)}`);

function delegate(test: TestPool, account: Address, code = DESIGNATOR): void {
  const codeHash = keccak256Hex(code);
  test.world.codes.set(codeHash, code);
  test.world.accounts.set(account, { nonce: 0n, balance: RICH, codeHash });
}

/** From `sender`, with an authorization of Dave. */
function setCode(sender: Address, nonce: bigint): SignedBy {
  const authorization = signAuthorization({ chainId: 1n, address: BOB, nonce: 0n }, DAVE_KEY);
  const transaction = signTransaction(
    {
      ...{ type: TRANSACTION_TYPES.setCode, chainId: 1n, nonce, gasLimit: 100_000n, to: BOB, value: 0n },
      ...{ data: new Uint8Array(0), accessList: [], maxFeePerGas: 1_000n, maxPriorityFeePerGas: 100n },
      authorizationList: [authorization],
    },
    new Uint8Array(32).fill(9),
  );
  return { transaction, sender };
}

function refusal({ pool }: TestPool, signed: SignedBy): TrellisError {
  try {
    pool.add(signed, REMOTE);
  } catch (error) {
    if (isTrellisError(error)) return error;
    throw error;
  }
  throw new Error("the pool added the transaction");
}

describe("POOL-19: delegated accounts (EIP-7702)", () => {
  it("have one pooled transaction, which they can replace", () => {
    const test = createFunded();
    delegate(test, ALICE);
    test.pool.add(transfer({ sender: ALICE, nonce: 0, tip: 10, cap: 100 }), REMOTE);
    expect(refusal(test, transfer({ sender: ALICE, nonce: 1 })).code).toBe("SENDER_LIMIT_REACHED");
    test.pool.add(transfer({ sender: ALICE, nonce: 0, tip: 20, cap: 200 }), REMOTE);
    expect(test.pool.status()).toMatchObject({ pending: 1, queued: 0 });
  });

  it("cannot queue a later nonce", () => {
    const test = createFunded();
    delegate(test, ALICE);
    expect(refusal(test, transfer({ sender: ALICE, nonce: 1 })).code).toBe("SENDER_LIMIT_REACHED");
  });

  it("SENDER_HAS_CODE for other code", () => {
    const test = createFunded();
    delegate(test, ALICE, hexToBytes(`0xef0101${"ab".repeat(20)}`));
    expect(refusal(test, transfer({ sender: ALICE, nonce: 0 })).code).toBe("SENDER_HAS_CODE");
  });

  it("an authorization in the pool limits its account until the transaction leaves", () => {
    const test = createFunded();
    fund(test.world, DAVE, RICH);
    test.pool.add(setCode(ALICE, 0n), REMOTE);
    test.pool.add(transfer({ sender: DAVE, nonce: 0 }), REMOTE);
    expect(refusal(test, transfer({ sender: DAVE, nonce: 1 })).code).toBe("SENDER_LIMIT_REACHED");
    fund(test.world, ALICE, RICH, 1n);
    test.pool.recheck(
      [...test.pool.content().pending.get(ALICE)!].map(({ transaction }) => transaction.hash),
    );
    test.pool.add(transfer({ sender: DAVE, nonce: 1 }), REMOTE);
    expect(test.pool.status().pending).toBe(2);
  });

  it("an account with two pooled transactions cannot be delegated", () => {
    const test = createFunded();
    fund(test.world, DAVE, RICH);
    test.pool.add(transfer({ sender: DAVE, nonce: 0 }), REMOTE);
    test.pool.add(transfer({ sender: DAVE, nonce: 1 }), REMOTE);
    expect(refusal(test, setCode(ALICE, 0n))).toMatchObject({
      code: "SENDER_LIMIT_REACHED",
      facts: { sender: DAVE },
    });
  });
});
