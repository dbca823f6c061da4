import { Wallet } from "ethers";
import { createWalletClient, type Hex, http, keccak256, parseEther, parseGwei } from "viem";
import { describe, expect, it } from "vitest";
import { accountOf, devnetChain, GENESIS_BALANCE, privateKeyOf } from "./chain.ts";
import { ethersProviderOf, publicClientOf, walletOf } from "./clients.ts";
import { freshAddress } from "./freshAddress.ts";
import { useDevnet } from "./useDevnet.ts";

const shared = useDevnet();
const ACCESS_LIST = [{ address: `0x${"11".repeat(20)}`, storageKeys: [`0x${"22".repeat(32)}`] }] as const;
/** Includes an address and a storage key (EIP-2930). */
const ACCESS_LIST_GAS = 21_000n + 2_400n + 1_900n;

describe("viem sends", () => {
  it.each([
    ["legacy", {}, 21_000n],
    ["eip2930", { accessList: ACCESS_LIST }, ACCESS_LIST_GAS],
    ["eip1559", {}, 21_000n],
    ["eip1559", { accessList: ACCESS_LIST }, ACCESS_LIST_GAS],
  ] as const)("a transaction of type %s, and every wei is accounted for", async (type, extra, gasUsed) => {
    const client = publicClientOf(shared.rpcUrl);
    const sender = accountOf(0);
    const to = freshAddress();
    const value = parseEther("1.5");
    const before = await client.getBalance({ address: sender.address });
    const nonce = await client.getTransactionCount({ address: sender.address });

    const wallet = walletOf(shared.rpcUrl, sender);
    const request = { account: sender, chain: devnetChain, to, value, type, ...extra };
    const hash = await wallet.sendTransaction(request as Parameters<typeof wallet.sendTransaction>[0]);
    const receipt = await client.waitForTransactionReceipt({ hash });

    expect(receipt).toMatchObject({ status: "success", type, gasUsed, contractAddress: null, logs: [] });
    expect(await client.getBalance({ address: to })).toBe(value);
    const paid = value + receipt.gasUsed * receipt.effectiveGasPrice;
    expect(await client.getBalance({ address: sender.address })).toBe(before - paid);
    const sent = await client.getTransaction({ hash });
    expect(sent).toMatchObject({ type, nonce, value, blockHash: receipt.blockHash, from: receipt.from });
    expect(await client.getTransactionCount({ address: sender.address })).toBe(nonce + 1);
  });

  it("a signed transaction raw, under the hash of its bytes", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const wallet = walletOf(shared.rpcUrl, accountOf(1));
    const request = await wallet.prepareTransactionRequest({ to: freshAddress(), value: 1n });
    const serializedTransaction = await wallet.signTransaction(request);
    const hash = await client.sendRawTransaction({ serializedTransaction });
    expect(hash).toBe(keccak256(serializedTransaction));
    expect(await client.waitForTransactionReceipt({ hash })).toMatchObject({ status: "success" });
  });

  it("fifty transactions at once, which are all mined in the order of their nonces", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const sender = accountOf(2);
    const to = freshAddress();
    const fees = { gas: 21_000n, maxFeePerGas: parseGwei("10"), maxPriorityFeePerGas: 1n, chainId: 31337 };
    const signed = await Promise.all(
      Array.from({ length: 50 }, (_, nonce) => sender.signTransaction({ ...fees, to, value: 1n, nonce })),
    );
    const hashes = await Promise.all(
      signed
        .toReversed()
        .map((serializedTransaction) => client.sendRawTransaction({ serializedTransaction })),
    );
    const receipts = await Promise.all(hashes.map((hash) => client.waitForTransactionReceipt({ hash })));
    expect(receipts.every(({ status }) => status === "success")).toBe(true);
    const places = receipts
      .toReversed()
      .map(({ blockNumber, transactionIndex }) => blockNumber * 1_000_000n + BigInt(transactionIndex));
    expect(places).toEqual(places.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(await client.getBalance({ address: to })).toBe(50n);
    expect(await client.getTransactionCount({ address: sender.address })).toBe(50);
  });

  it("through the node's own accounts, which sign for it", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const wallet = createWalletClient({ chain: devnetChain, transport: http(shared.rpcUrl) });
    const addresses = await wallet.getAddresses();
    expect(addresses).toEqual(Array.from({ length: 10 }, (_, index) => accountOf(index).address));
    const hash = await wallet.sendTransaction({ account: addresses[3]!, to: freshAddress(), value: 1n });
    expect(await client.waitForTransactionReceipt({ hash })).toMatchObject({ status: "success" });

    const message = "who holds this key?";
    const signature = await wallet.signMessage({ account: addresses[3]!, message });
    expect(await client.verifyMessage({ address: addresses[3]!, message, signature })).toBe(true);
    const typed = {
      domain: { name: "Trellis", chainId: 31337 },
      types: { Question: [{ name: "text", type: "string" }] },
      primaryType: "Question",
      message: { text: message },
    } as const;
    const typedSignature = await wallet.signTypedData({ account: addresses[3]!, ...typed });
    expect(
      await client.verifyTypedData({ address: addresses[3]!, ...typed, signature: typedSignature }),
    ).toBe(true);
  });
});

it("once a receipt is visible, so are its block as the head, its state and its logs in filters", async () => {
  const client = publicClientOf(shared.rpcUrl);
  const sender = accountOf(7);
  const filter = await client.createBlockFilter();
  const to = freshAddress();
  for (let nonce = 0; nonce < 30; nonce++) {
    const fees = { gas: 21_000n, maxFeePerGas: parseGwei("10"), maxPriorityFeePerGas: 1n, chainId: 31337 };
    const serializedTransaction = await sender.signTransaction({ ...fees, to, value: 1n, nonce });
    const hash = await client.sendRawTransaction({ serializedTransaction });
    let receipt = await client.getTransactionReceipt({ hash }).catch(() => undefined);
    while (receipt === undefined)
      receipt = await client.getTransactionReceipt({ hash }).catch(() => undefined);
    const { blockNumber, blockHash } = receipt;
    expect(await client.getBlockNumber({ cacheTime: 0 })).toBeGreaterThanOrEqual(blockNumber);
    expect(await client.getBalance({ address: to })).toBe(BigInt(nonce + 1));
    expect(await client.getTransactionCount({ address: sender.address, blockTag: "pending" })).toBe(
      nonce + 1,
    );
    expect(await client.getFilterChanges({ filter })).toContain(blockHash);
  }
});

describe("nonces", () => {
  it("a gap queues later transactions until it is filled, and can be replaced for 10 % more", async () => {
    const client = publicClientOf(shared.rpcUrl);
    const sender = accountOf(4);
    const { address } = sender;
    const to = freshAddress();
    const send = async (nonce: number, value: bigint, maxFeePerGas: bigint): Promise<Hex> =>
      client.sendRawTransaction({
        serializedTransaction: await sender.signTransaction({
          chainId: 31337,
          gas: 21_000n,
          to,
          value,
          nonce,
          maxFeePerGas,
          maxPriorityFeePerGas: maxFeePerGas,
        }),
      });

    const first = await send(1, 1n, parseGwei("10"));
    expect(await client.getTransaction({ hash: first })).toMatchObject({ blockHash: null, nonce: 1 });
    expect(await client.getTransactionCount({ address, blockTag: "pending" })).toBe(0);
    await expect(send(1, 2n, parseGwei("10.5"))).rejects.toThrow(/replacement transaction underpriced/);
    const replacement = await send(1, 3n, parseGwei("11"));
    await send(0, 4n, parseGwei("10"));

    expect(await client.waitForTransactionReceipt({ hash: replacement })).toMatchObject({
      status: "success",
    });
    expect(await client.getBalance({ address: to })).toBe(7n);
    expect(await client.getTransactionCount({ address, blockTag: "pending" })).toBe(2);
    await expect(client.getTransaction({ hash: first })).rejects.toThrow(/could not be found/);
  });
});

describe("ethers sends", () => {
  it.each([0, 1, 2])("a transaction of type %i", async (type) => {
    const provider = ethersProviderOf(shared.rpcUrl);
    try {
      const wallet = new Wallet(privateKeyOf(5), provider);
      const to = freshAddress();
      const sent = await wallet.sendTransaction({
        to,
        value: 5n,
        type,
        ...(type === 0 ? {} : { accessList: [[ACCESS_LIST[0].address, [...ACCESS_LIST[0].storageKeys]]] }),
      });
      const receipt = await sent.wait();
      expect(receipt).toMatchObject({ status: 1, type, gasUsed: type === 0 ? 21_000n : ACCESS_LIST_GAS });
      expect(await provider.getBalance(to)).toBe(5n);
      const read = await provider.getTransaction(sent.hash);
      expect(read).toMatchObject({ type, from: wallet.address, to, value: 5n, chainId: 31337n });
      expect(read!.hash).toBe(sent.hash);
    } finally {
      provider.destroy();
    }
  });

  it("through the node's own accounts", async () => {
    const provider = ethersProviderOf(shared.rpcUrl);
    try {
      const signer = await provider.getSigner(6);
      const to = freshAddress();
      const receipt = await (await signer.sendTransaction({ to, value: 6n })).wait();
      expect(receipt).toMatchObject({ status: 1, from: accountOf(6).address });
      expect(await provider.getBalance(to)).toBe(6n);
    } finally {
      provider.destroy();
    }
  });
});

it("every development account has 10,000 coins at genesis", async () => {
  const client = publicClientOf(shared.rpcUrl);
  const balances = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      client.getBalance({ address: accountOf(index).address, blockNumber: 0n }),
    ),
  );
  expect(balances).toEqual(balances.map(() => GENESIS_BALANCE));
});
