import { SHARD_GATEWAY, shardGatewayAbi } from "@trellis/client/shards";
import {
  type Address,
  createPublicClient,
  createWalletClient,
  defineChain,
  encodeFunctionData,
  type Hex,
  http,
  parseAbi,
  type TransactionReceipt,
} from "viem";
import { mnemonicToAccount } from "viem/accounts";
import { expect } from "vitest";
import { eventually } from "../eventually.ts";
import type { ReadyLine } from "../startDevnet.ts";

/** What the client's ABI lacks. */
export const QUEUES_ABI = parseAbi([
  "function outboxOf(uint16 destination) view returns (uint256 sent, uint256 acknowledged, uint256 value)",
  "function inboxOf(uint16 source) view returns (uint256 next, uint256 known, uint256 height, uint256 since, uint256 value)",
]);
/** Creation code of a contract that reverts each call. */
export const REVERTER: Hex = "0x6005600c60003960056000f360006000fd";
const MNEMONIC = "test test test test test test test test test test test junk";
const POLLING_MS = 100;

interface Sending {
  readonly to: Address;
  readonly value?: bigint;
  readonly data?: Hex;
  readonly gasLimit?: bigint;
}

/** A wallet and its chain: what any Ethereum application uses. */
export function shardClient(url: string, shard: number, chainId: number, addressIndex = shard) {
  const nativeCurrency = { name: "Coin", symbol: "COIN", decimals: 18 };
  const chain = defineChain({
    id: chainId,
    name: `Shard ${shard}`,
    nativeCurrency,
    rpcUrls: { default: { http: [url] } },
  });
  const account = mnemonicToAccount(MNEMONIC, { addressIndex });
  const options = { chain, transport: http(url, { timeout: 120_000 }), pollingInterval: POLLING_MS };
  const reader = createPublicClient(options);
  const wallet = createWalletClient({ ...options, account });
  const confirmed = async (hash: Hex): Promise<TransactionReceipt> => {
    const receipt = await reader.waitForTransactionReceipt({ hash, timeout: 300_000 });
    expect(receipt.status).toBe("success");
    return receipt;
  };
  const submit = (destination: number, { to, value = 0n, data = "0x", gasLimit = 0n }: Sending) => {
    const args = [destination, to, gasLimit, data] as const;
    const call = encodeFunctionData({ abi: shardGatewayAbi, functionName: "send", args });
    return wallet.sendTransaction({ to: SHARD_GATEWAY, value, data: call });
  };
  return {
    shard,
    chainId,
    url,
    account,
    reader,
    wallet,
    balance: (address: Address) => reader.getBalance({ address }),
    word: (address: Address, slot: Hex = "0x0") => reader.getStorageAt({ address, slot }),
    async deploy(
      bytecode: Hex,
      args: readonly unknown[] = [],
      abi: readonly unknown[] = [],
    ): Promise<Address> {
      const hash = await wallet.deployContract({ bytecode, args, abi } as never);
      return (await confirmed(hash)).contractAddress!;
    },
    submit,
    send: async (...sending: Parameters<typeof submit>) => confirmed(await submit(...sending)),
    confirmed,
    async arrives(address: Address, wei: bigint, timeoutMs = 120_000): Promise<void> {
      const detail = () => ` shard ${shard}, ${address}: ${wei} wei`;
      await eventually(async () => (await reader.getBalance({ address })) === wei, timeoutMs, detail);
    },
  };
}

export type ShardClient = ReturnType<typeof shardClient>;

/** Of all shards of a devnet. */
export function shardClients({ rpc, chainId, shards = [] }: ReadyLine): ShardClient[] {
  return [
    shardClient(rpc, 0, chainId),
    ...shards.map((each) => shardClient(each.rpc, each.shard, each.chainId)),
  ];
}
