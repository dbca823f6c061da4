import { type Hex, hexToBytes, silentMetrics } from "@trellis/base";
import {
  type AccountAlgorithm,
  type AccountKey,
  accountKeyFromSecret,
  accountKeyId,
  createRpcChainClient,
  KEY_REGISTRY,
  keyRegistryAbi,
  openAccount,
  openRpcEndpoint,
  systemRandom,
  toKeyAgileAccount,
  verifySignedHash,
} from "@trellis/client/account";
import {
  type Account,
  createWalletClient,
  hashMessage,
  hashTypedData,
  http,
  type LocalAccount,
  parseEther,
  publicActions,
} from "viem";
import { describe, expect, it } from "vitest";
import { accountOf, devnetChain, privateKeyOf } from "./chain.ts";
import { publicClientOf, walletOf } from "./clients.ts";
import { compileContract } from "./compileContracts.ts";
import { freshAddress } from "./freshAddress.ts";
import { deployToken, tokenAbi } from "./token.ts";
import { useDevnet } from "./useDevnet.ts";

const shared = useDevnet();

const walletFor = (account: LocalAccount) =>
  createWalletClient({
    account,
    chain: devnetChain,
    transport: http(shared.rpcUrl),
    pollingInterval: 50,
  }).extend(publicActions);

async function funded(account: Account): Promise<void> {
  const client = walletOf(shared.rpcUrl, accountOf(7));
  const hash = await client.sendTransaction({ to: account.address, value: parseEther("5") });
  await publicClientOf(shared.rpcUrl).waitForTransactionReceipt({ hash });
}

const keyOf = (algorithm: AccountAlgorithm, byte: number) =>
  accountKeyFromSecret(algorithm, new Uint8Array(32).fill(byte));

describe.each(["ml-dsa-44", "ml-dsa-65", "secp256k1"] as const)("viem with an account of %s", (algorithm) => {
  const account = toKeyAgileAccount(keyOf(algorithm, 77));

  it("sends coins, deploys, writes and reads contracts, each with viem's own estimate", async () => {
    await funded(account);
    const wallet = walletFor(account);
    const to = freshAddress();
    const sent = await wallet.sendTransaction({ to, value: parseEther("1") });
    expect(await wallet.waitForTransactionReceipt({ hash: sent })).toMatchObject({ status: "success" });
    expect(await wallet.getBalance({ address: to })).toBe(parseEther("1"));
    const { bytecode } = await compileContract("Token");
    const args = ["Gold", "GLD", 100n] as const;
    const hash = await wallet.deployContract({ abi: tokenAbi, bytecode, args });
    const { contractAddress } = await wallet.waitForTransactionReceipt({ hash });
    const token = { address: contractAddress!, abi: tokenAbi };
    const moved = await wallet.writeContract({ ...token, functionName: "transfer", args: [to, 40n] });
    expect(await wallet.waitForTransactionReceipt({ hash: moved })).toMatchObject({ status: "success" });
    expect(await wallet.readContract({ ...token, functionName: "balanceOf", args: [to] })).toBe(40n);
    const legacy = await wallet.sendTransaction({
      to,
      value: 1n,
      gasPrice: (await wallet.getGasPrice()) * 2n,
    });
    expect(await wallet.waitForTransactionReceipt({ hash: legacy })).toMatchObject({ status: "success" });
  });

  it("signs messages and typed data", async () => {
    const typed = {
      domain: { name: "Trellis", chainId: 31_337 },
      types: { Note: [{ name: "text", type: "string" }] },
      primaryType: "Note",
      message: { text: "hello" },
    } as const;
    const check = (hash: Hex, signature: Hex): boolean =>
      verifySignedHash({ hash, signature, account: account.address, registeredKeyId: undefined });
    const message = await account.signMessage({ message: "hello" });
    expect(check(hashMessage("hello"), message)).toBe(true);
    expect(check(hashTypedData(typed), await account.signTypedData(typed))).toBe(true);
    expect(check(hashTypedData(typed), message)).toBe(false);
  });
});

describe("rotation", () => {
  it("keeps the account, and the old adapter is refused", async () => {
    const old = toKeyAgileAccount(accountKeyFromSecret("secp256k1", hexToBytes(privateKeyOf(3))));
    expect(old.address).toBe(accountOf(3).address);
    const token = await deployToken(shared.rpcUrl, accountOf(3), "Gold", "GLD", 100n);
    const nextKey = keyOf("ml-dsa-65", 78);
    const next = toKeyAgileAccount(nextKey, old.address);
    const wallet = walletFor(old);
    const registry = { address: KEY_REGISTRY, abi: keyRegistryAbi } as const;
    const hash = await wallet.writeContract({
      ...registry,
      functionName: "rotate",
      args: [accountKeyId(nextKey)],
    });
    await wallet.waitForTransactionReceipt({ hash });

    const to = freshAddress();
    const rotated = walletFor(next);
    const write = { address: token, abi: tokenAbi, functionName: "transfer", args: [to, 70n] } as const;
    const moved = await rotated.writeContract(write);
    expect(await rotated.waitForTransactionReceipt({ hash: moved })).toMatchObject({
      status: "success",
      from: old.address.toLowerCase(),
    });
    await expect(wallet.sendTransaction({ to, value: 1n })).rejects.toThrow(/key not valid for the account/);
  });

  it("keeps the account with the SDK alone, and the old key is refused", async () => {
    const oldKey = accountKeyFromSecret("secp256k1", hexToBytes(privateKeyOf(4)));
    const request = openRpcEndpoint({ name: "devnet", url: shared.rpcUrl }, { metrics: silentMetrics });
    const client = createRpcChainClient("devnet", 31_337, request);
    const address = accountOf(4).address.toLowerCase() as Hex;
    const open = (key: AccountKey) =>
      openAccount({ chainId: 31_337, address }, { client, key, random: systemRandom });
    const newKey = keyOf("ml-dsa-65", 80);
    const stored: AccountKey[] = [];
    const { hash } = await open(oldKey).rotate(newKey, async () => void stored.push(newKey));
    expect(stored).toEqual([newKey]);
    await publicClientOf(shared.rpcUrl).waitForTransactionReceipt({ hash });
    expect(await open(newKey).status()).toMatchObject({
      isKeyValid: true,
      registeredKeyId: accountKeyId(newKey),
    });
    const to = freshAddress();
    const call = { to, data: "0x", valueWei: parseEther("1") } as const;
    const sent = await open(newKey).send(call);
    const receipt = await publicClientOf(shared.rpcUrl).waitForTransactionReceipt({ hash: sent.hash });
    expect(receipt).toMatchObject({ status: "success", from: address });
    expect(receipt.gasUsed).toBeLessThanOrEqual(sent.gasLimit);
    await expect(open(oldKey).send(call)).rejects.toMatchObject({ code: "ACCOUNT_KEY_NOT_VALID" });
    expect(await publicClientOf(shared.rpcUrl).getBalance({ address: to })).toBe(parseEther("1"));
    const elsewhere = createRpcChainClient("devnet", 1, request);
    const wrong = openAccount(
      { chainId: 1, address },
      { client: elsewhere, key: newKey, random: systemRandom },
    );
    await expect(wrong.send(call)).rejects.toMatchObject({ code: "NODE_OF_OTHER_CHAIN" });
  });

  it("ARGUMENT_INVALID: what type 0x50 has no field for", async () => {
    const account = toKeyAgileAccount(keyOf("ml-dsa-44", 79));
    const call = { to: freshAddress(), type: "eip4844", blobs: ["0x"], maxFeePerBlobGas: 1n } as const;
    await expect(account.signTransaction({ ...call, chainId: 1 } as never)).rejects.toMatchObject({
      code: "ARGUMENT_INVALID",
    });
    await expect(account.signTransaction({ to: call.to } as never)).rejects.toMatchObject({
      code: "ARGUMENT_INVALID",
    });
  });

  it("the node refuses another chain's transaction", async () => {
    const account = toKeyAgileAccount(keyOf("ml-dsa-44", 77));
    const fields = { to: freshAddress(), nonce: 50, gas: 21_000n, maxFeePerGas: 10n ** 11n };
    const serializedTransaction = await account.signTransaction({ ...fields, type: "eip1559", chainId: 1 });
    const sent = publicClientOf(shared.rpcUrl).sendRawTransaction({ serializedTransaction });
    await expect(sent).rejects.toThrow(/chain/i);
  });
});
