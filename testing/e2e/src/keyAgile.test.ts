import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import { KEY_REGISTRY_ADDRESS, KeyRegistry } from "@trellis/contracts";
import {
  KEY_ALGORITHMS,
  KEY_SCHEMES,
  type KeyAlgorithm,
  keyAddress,
  keyId,
  signKeyAgile,
  TRANSACTION_TYPES,
  type Transaction,
  type UnsignedTransaction,
} from "@trellis/protocol";
import { type Address, encodeFunctionData, parseEther, parseGwei } from "viem";
import { describe, expect, it } from "vitest";
import { accountOf } from "./chain.ts";
import { ethersProviderOf, publicClientOf, walletOf } from "./clients.ts";
import { foundry } from "./foundry.ts";
import { freshAddress } from "./freshAddress.ts";
import { useDevnet } from "./useDevnet.ts";

const shared = useDevnet();
const GAS = 250_000n;

interface Payment {
  readonly nonce?: bigint;
  readonly to: Address;
  readonly value: bigint;
  readonly data?: Hex;
}

const secretOf = (algorithm: KeyAlgorithm): Uint8Array => new Uint8Array(32).fill(algorithm);
const publicKeyOf = (algorithm: KeyAlgorithm): Uint8Array =>
  KEY_SCHEMES[algorithm].publicKeyOf(secretOf(algorithm));

/** Type 0x50, from the key's own account or one that authorised the key. */
function signed(
  algorithm: KeyAlgorithm,
  { nonce = 0n, to, value, data = "0x" }: Payment,
  from?: Address,
): Transaction {
  const unsigned: UnsignedTransaction = {
    type: TRANSACTION_TYPES.keyAgile,
    chainId: 31_337n,
    nonce,
    gasLimit: GAS,
    to: to.toLowerCase() as Address,
    value,
    accessList: [],
    data: hexToBytes(data),
    maxFeePerGas: parseGwei("10"),
    maxPriorityFeePerGas: 1n,
  };
  const key = { algorithm, secret: secretOf(algorithm) };
  return signKeyAgile(unsigned, from === undefined ? key : { ...key, from: from.toLowerCase() as Address });
}

async function send(transaction: Transaction) {
  const client = publicClientOf(shared.rpcUrl);
  const serializedTransaction = bytesToHex(transaction.encoded);
  expect(await client.sendRawTransaction({ serializedTransaction })).toBe(transaction.hash);
  return client.waitForTransactionReceipt({ hash: transaction.hash });
}

async function fund(address: Address): Promise<void> {
  const hash = await walletOf(shared.rpcUrl, accountOf(7)).sendTransaction({
    to: address,
    value: parseEther("2"),
  });
  await publicClientOf(shared.rpcUrl).waitForTransactionReceipt({ hash });
}

describe.each(Object.entries(KEY_ALGORITHMS))("type 0x50 with %s", (_name, algorithm) => {
  const from = keyAddress(algorithm, publicKeyOf(algorithm));

  it("pays from the key's own account", async () => {
    const client = publicClientOf(shared.rpcUrl);
    await fund(from);
    const to = freshAddress();
    const receipt = await send(signed(algorithm, { to, value: parseEther("1") }));
    expect(receipt).toMatchObject({ status: "success", from, to: to.toLowerCase() });
    expect(await client.getBalance({ address: to })).toBe(parseEther("1"));
    const fee = receipt.gasUsed * receipt.effectiveGasPrice;
    expect(await client.getBalance({ address: from })).toBe(parseEther("1") - fee);
    const { signatureSize, publicKeySize } = KEY_SCHEMES[algorithm];
    // Nearly all bytes are nonzero (16 gas each).
    expect(receipt.gasUsed).toBeGreaterThan(21_000n + 15n * BigInt(signatureSize + publicKeySize));
  });

  it("is returned with its key, and does not disturb libraries that do not know it", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const { blockNumber } = await send(signed(algorithm, { nonce: 1n, to: from, value: 1n }));
    const block = await client.getBlock({ blockNumber, includeTransactions: true });
    const [read] = block.transactions;
    expect(read).toMatchObject({ from, to: from, value: 1n, nonce: 1 });
    const raw = await client.request({ method: "eth_getTransactionByHash", params: [read!.hash] });
    expect(raw).toMatchObject({
      type: "0x50",
      keyAlgorithm: `0x${algorithm}`,
      keyPublic: bytesToHex(publicKeyOf(algorithm)),
    });
    const provider = ethersProviderOf(shared.rpcUrl);
    try {
      const seen = await provider.getBlock(Number(blockNumber), true);
      expect(seen!.prefetchedTransactions).toHaveLength(1);
      expect((await provider.getTransactionReceipt(read!.hash))?.status).toBe(1);
    } finally {
      provider.destroy();
    }
    const options = { cwd: shared.directory, rpcUrl: shared.rpcUrl };
    expect(await foundry("cast", ["block", String(blockNumber), "--full"], options)).toContain(read!.hash);
    expect(await foundry("cast", ["receipt", read!.hash, "status"], options)).toMatch(/^(1|true)/);
  });

  it("refuses a signature with one wrong bit", async () => {
    const { encoded } = signed(algorithm, { nonce: 2n, to: from, value: 1n });
    const tampered = encoded.slice();
    tampered[tampered.length - 1]! ^= 1;
    const serializedTransaction = bytesToHex(tampered);
    const sent = publicClientOf(shared.rpcUrl).sendRawTransaction({ serializedTransaction });
    await expect(sent).rejects.toThrow(/invalid sender/);
  });
});

describe("rotation", () => {
  it("moves a secp256k1 account to an ML-DSA key, and the old key is refused from then on", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const owner = accountOf(8);
    const algorithm = KEY_ALGORITHMS.mlDsa65;
    const newKeyId = keyId(algorithm, publicKeyOf(algorithm));
    const registry = { address: KEY_REGISTRY_ADDRESS, abi: KeyRegistry.abi } as const;
    const wallet = walletOf(shared.rpcUrl, owner);
    const rotated = await wallet.writeContract({ ...registry, functionName: "rotate", args: [newKeyId] });
    expect(await client.waitForTransactionReceipt({ hash: rotated })).toMatchObject({ status: "success" });
    const keyOf = { ...registry, functionName: "keyOf", args: [owner.address] } as const;
    expect(await client.readContract(keyOf)).toBe(newKeyId);

    const old = wallet.sendTransaction({ to: freshAddress(), value: 1n, gas: 21_000n });
    await expect(old).rejects.toThrow(/key not valid for the account/);

    const to = freshAddress();
    const receipt = await send(signed(algorithm, { nonce: 1n, to, value: parseEther("3") }, owner.address));
    expect(receipt).toMatchObject({ status: "success", from: owner.address.toLowerCase() });
    expect(await client.getBalance({ address: to })).toBe(parseEther("3"));

    const next = keyId(KEY_ALGORITHMS.mlDsa44, publicKeyOf(KEY_ALGORITHMS.mlDsa44));
    const data = encodeFunctionData({ abi: KeyRegistry.abi, functionName: "rotate", args: [next] });
    const change = { nonce: 2n, to: KEY_REGISTRY_ADDRESS, value: 0n, data };
    expect(await send(signed(algorithm, change, owner.address))).toMatchObject({ status: "success" });
    const late = signed(algorithm, { nonce: 3n, to, value: 1n }, owner.address);
    const serializedTransaction = bytesToHex(late.encoded);
    await expect(client.sendRawTransaction({ serializedTransaction })).rejects.toThrow(
      /key not valid for the account/,
    );
  });

  it("a key that was never registered cannot sign for the account", async () => {
    const stranger = signed(KEY_ALGORITHMS.mlDsa44, { to: freshAddress(), value: 1n }, accountOf(9).address);
    const serializedTransaction = bytesToHex(stranger.encoded);
    const sent = publicClientOf(shared.rpcUrl).sendRawTransaction({ serializedTransaction });
    await expect(sent).rejects.toThrow(/key not valid for the account/);
  });
});
