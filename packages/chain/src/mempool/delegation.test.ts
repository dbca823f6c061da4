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
import {
  ALICE,
  BOB,
  CAROL,
  chainBlock,
  createFunded,
  fund,
  REMOTE,
  RICH,
  summary,
  type TestPool,
  transfer,
} from "./testing/testPool.ts";

const DAVE_KEY = new Uint8Array(32).fill(4);
const DAVE: Address = bytesToHex(privateKeyToAddress(DAVE_KEY));
const DESIGNATOR = hexToBytes(`0xef0100${"ab".repeat(20)}`);

function delegate(test: TestPool, account: Address, code = DESIGNATOR): void {
  const codeHash = keccak256Hex(code);
  test.world.codes.set(codeHash, code);
  test.world.accounts.set(account, { nonce: 0n, balance: RICH, codeHash });
}

/** From `sender`, with an authorization of Dave. */
function setCode(
  sender: Address,
  nonce: bigint,
  authorized: { readonly chainId?: bigint; readonly nonce?: bigint } = {},
): SignedBy {
  const authorization = signAuthorization(
    { chainId: 31_337n, address: BOB, nonce: 0n, ...authorized },
    DAVE_KEY,
  );
  const transaction = signTransaction(
    {
      ...{ type: TRANSACTION_TYPES.setCode, chainId: 31_337n, nonce, gasLimit: 100_000n, to: BOB, value: 0n },
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

  it.each([
    ["of another chain", { chainId: 2n }],
    ["with a used nonce", { nonce: 4n }],
    ["with the last nonce", { nonce: 2n ** 64n - 1n }],
  ])("an authorization %s limits nobody", (_, authorized) => {
    const test = createFunded();
    fund(test.world, DAVE, RICH, 5n);
    test.pool.add(setCode(ALICE, 0n, authorized), REMOTE);
    for (const nonce of [5, 6]) test.pool.add(transfer({ sender: DAVE, nonce }), REMOTE);
    test.pool.add(setCode(ALICE, 1n, authorized), REMOTE);
    expect(test.pool.status().pending).toBe(4);
  });

  it("an account with a pooled transaction cannot add its own delegation", () => {
    const test = createFunded();
    fund(test.world, DAVE, RICH);
    test.pool.add(transfer({ sender: DAVE, nonce: 0, tip: 10, cap: 100 }), REMOTE);
    expect(refusal(test, setCode(DAVE, 1n, { nonce: 2n })).code).toBe("SENDER_LIMIT_REACHED");
    test.pool.add(setCode(DAVE, 0n, { nonce: 1n }), REMOTE);
    expect(test.pool.status()).toMatchObject({ pending: 1, queued: 0 });
  });

  it("a delegation in a block leaves one transaction", () => {
    const test = createFunded();
    fund(test.world, DAVE, RICH);
    for (const nonce of [0, 1, 2]) test.pool.add(transfer({ sender: DAVE, nonce }), REMOTE);
    delegate(test, DAVE);
    test.pool.onChain({ removed: [], added: [chainBlock([setCode(ALICE, 0n)])] });
    expect(test.pool.contentFrom(DAVE).pending).toHaveLength(1);
    expect(summary(test.events)).toContain("dropped 2 SENDER_LIMIT_REACHED");
  });

  it("a returned delegation leaves one transaction of its account", () => {
    const test = createFunded();
    fund(test.world, DAVE, RICH);
    for (const nonce of [0, 1]) test.pool.add(transfer({ sender: DAVE, nonce }), REMOTE);
    test.pool.onChain({ removed: [chainBlock([setCode(ALICE, 0n)])], added: [] });
    expect(test.pool.contentFrom(ALICE).pending).toHaveLength(1);
    expect(test.pool.contentFrom(DAVE).pending).toHaveLength(1);
  });
});

describe("POOL-20: transactions that the next chain block's fork refuses", () => {
  const above = (sender: Address) => transfer({ sender, nonce: 0, gasLimit: (1n << 24n) + 1n });

  it("are dropped when the fork changes, and the sender's later ones wait", () => {
    const test = createFunded();
    test.pool.add(above(ALICE), REMOTE);
    test.pool.add(transfer({ sender: ALICE, nonce: 1 }), REMOTE);
    test.pool.add(setCode(BOB, 0n), REMOTE);
    test.world.fork = "osaka";
    test.pool.onChain({ removed: [], added: [] });
    expect(test.pool.status()).toMatchObject({ pending: 1, queued: 1 });
    test.world.fork = "cancun";
    test.pool.onChain({ removed: [], added: [] });
    expect(test.pool.status()).toMatchObject({ pending: 0, queued: 1 });
    expect(summary(test.events).filter((event) => event.startsWith("dropped"))).toEqual([
      "dropped 0 REFUSED_BY_FORK",
      "dropped 0 REFUSED_BY_FORK",
    ]);
  });

  it("are refused and do not return", () => {
    const test = createFunded();
    test.world.fork = "osaka";
    test.pool.onChain({
      removed: [chainBlock([above(BOB), transfer({ sender: CAROL, nonce: 0 })])],
      added: [],
    });
    expect(refusal(test, above(ALICE)).code).toBe("TX_GAS_LIMIT_TOO_HIGH");
    expect(test.pool.status().pending).toBe(1);
    test.world.fork = "cancun";
    test.pool.onChain({ removed: [], added: [] });
    expect(refusal(test, setCode(ALICE, 0n)).code).toBe("TX_TYPE_UNSUPPORTED");
  });
});
