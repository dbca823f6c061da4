import { bytesToBigint, bytesToHex, concatBytes, hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import {
  type Address,
  KEY_ALGORITHMS,
  type KeyAgileSignature,
  keyId,
  recoverSender,
  type StateReader,
  signKeyAgile,
  signTransaction,
  TRANSACTION_TYPES,
  type Transaction,
  type UnsignedTransaction,
} from "@trellis/protocol";
import { beforeEach, describe, expect, it } from "vitest";
import { createKeyCheck, isKeyValid, KEY_REGISTRY_ADDRESS, KeyRegistry, keyRegistrySlot } from "./index.ts";
import { ContractRunner } from "./testing/ContractRunner.ts";

const account: Address = `0x${"a1".repeat(20)}`;
const newKeyId = `0x${"77".repeat(32)}` as const;
const selector = (signature: string) => keccak256(new TextEncoder().encode(signature)).slice(0, 4);

describe("TX-11: KeyRegistry", () => {
  let runner: ContractRunner;
  beforeEach(() => {
    runner = new ContractRunner();
    runner.state.setCode(KEY_REGISTRY_ADDRESS, hexToBytes(KeyRegistry.runtimeBytecode));
  });
  const rotation = (id: string) => concatBytes(selector("rotate(bytes32)"), hexToBytes(id));
  const rotate = (caller: Address, id: string) => runner.send(caller, KEY_REGISTRY_ADDRESS, rotation(id));
  const keyOf = (of: Address) => {
    const data = concatBytes(selector("keyOf(address)"), new Uint8Array(12), hexToBytes(of));
    return bytesToHex(runner.call(account, KEY_REGISTRY_ADDRESS, data).output);
  };

  it("stores the caller's key where the protocol reads it", async () => {
    expect(await rotate(account, newKeyId)).toMatchObject({ status: 1 });
    expect(runner.state.storage(KEY_REGISTRY_ADDRESS, keyRegistrySlot(account))).toBe(BigInt(newKeyId));
    expect(keyOf(account)).toBe(newKeyId);
    expect(keyOf(`0x${"b2".repeat(20)}`)).toBe(`0x${"00".repeat(32)}`);
  });

  it("logs the account, the former and the new key", async () => {
    await rotate(account, newKeyId);
    const { logs } = await rotate(account, `0x${"88".repeat(32)}`);
    expect(logs[0]?.topics).toEqual([
      bytesToHex(keccak256(new TextEncoder().encode("KeyRotated(address,bytes32,bytes32)"))),
      `0x${"00".repeat(12)}${account.slice(2)}`,
      newKeyId,
      `0x${"88".repeat(32)}`,
    ]);
  });

  it("refuses zero, which would restore the original key", () => {
    const { outcome, output } = runner.call(account, KEY_REGISTRY_ADDRESS, rotation(`0x${"00".repeat(32)}`));
    expect(outcome).toBe("revert");
    expect(output).toEqual(selector("KeyIdIsZero()"));
  });
});

describe("TX-10", () => {
  const secret = hexToBytes(`0x${"46".repeat(32)}`);
  const unsigned: UnsignedTransaction = {
    type: TRANSACTION_TYPES.dynamicFee,
    chainId: 1n,
    nonce: 0n,
    gasLimit: 21_000n,
    to: account,
    value: 0n,
    data: new Uint8Array(0),
    accessList: [],
    maxFeePerGas: 1n,
    maxPriorityFeePerGas: 1n,
  };
  const ecdsa = signTransaction(unsigned, secret);
  const sender = recoverSender(ecdsa);
  const mlDsa = signKeyAgile(
    { ...unsigned, type: TRANSACTION_TYPES.keyAgile },
    { algorithm: KEY_ALGORITHMS.mlDsa44, secret, from: sender },
  );
  const mlDsaId = keyId(KEY_ALGORITHMS.mlDsa44, (mlDsa.signature as KeyAgileSignature).publicKey);
  const stateWith = (entry: bigint): StateReader => ({
    account: () => undefined,
    code: () => new Uint8Array(0),
    storage: (address, slot) =>
      address === KEY_REGISTRY_ADDRESS && slot === keyRegistrySlot(sender) ? entry : 0n,
  });
  const isValid = (transaction: Transaction, entry: bigint) =>
    isKeyValid(stateWith(entry), { transaction, sender: recoverSender(transaction) });

  it("reads the sender's entry", () => {
    const entry = bytesToBigint(hexToBytes(mlDsaId));
    expect([isValid(ecdsa, 0n), isValid(mlDsa, 0n)]).toEqual([true, false]);
    expect([isValid(ecdsa, entry), isValid(mlDsa, entry)]).toEqual([false, true]);
  });

  it("is read once for ECDSA, and once per key of key-agile transactions", () => {
    const signedBy = (publicKey: number | "ecdsa", algorithm: KeyAgileSignature["algorithm"] = 1) => {
      if (publicKey === "ecdsa") return { sender, transaction: { ...ecdsa } };
      const signature = mlDsa.signature as KeyAgileSignature;
      const other = { ...signature, algorithm, publicKey: Uint8Array.of(publicKey) };
      return { sender, transaction: { ...mlDsa, signature: other } };
    };
    const asked: Transaction[] = [];
    const check = createKeyCheck(({ transaction }) => {
      asked.push(transaction);
      return transaction.signature.kind === "keyAgile";
    });
    const keys = [
      signedBy("ecdsa"),
      signedBy("ecdsa"),
      signedBy(1),
      signedBy(1),
      signedBy(2),
      signedBy(2, KEY_ALGORITHMS.mlDsa65),
      signedBy("ecdsa"),
      signedBy(2, KEY_ALGORITHMS.mlDsa65),
      signedBy("ecdsa"),
      { ...signedBy("ecdsa"), sender: account },
    ];
    expect(keys.map(check)).toEqual([false, false, true, true, true, true, false, true, false, false]);
    expect(
      asked.map((transaction) => keys.findIndex((signed) => signed.transaction === transaction)),
    ).toEqual([0, 2, 4, 5, 9]);
  });
});
