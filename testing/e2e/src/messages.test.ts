import {
  crossShardCall,
  findMessage,
  messagesOfTransaction,
  type SeenMessage,
  shardGatewayAbi,
  verifyMessage,
  waitForMessage,
} from "@trellis/client/shards";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import { type Hex, parseEventLogs } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ethersProviderOf, publicClientOf, rpcCall } from "./clients.ts";
import { foundry } from "./foundry.ts";
import { freshAddress } from "./freshAddress.ts";
import { type ShardClient, shardClients } from "./shards/ShardClient.ts";
import { type Devnet, startDevnet } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const VALUE = 10n ** 18n;

let directory: TemporaryDirectory;
let devnet: Devnet;
let shards: ShardClient[];
let message: SeenMessage;
let sent: Hex;

function nodeOf({ shard, url }: ShardClient) {
  return {
    name: `shard ${shard}`,
    async request(method: string, params: readonly unknown[]): Promise<unknown> {
      const { result, error } = await rpcCall(url, method, params);
      if (error !== undefined) throw new Error(`${method}: ${error.message}`);
      return result;
    },
  };
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  devnet = await startDevnet({ args: ["--shards", "2"] });
  shards = shardClients(devnet.ready);
  const [zero] = shards as [ShardClient];
  const call = crossShardCall({ destination: 1, to: freshAddress(), valueWei: VALUE });
  const { wallet, reader } = zero;
  const { to, data } = call;
  sent = await wallet.sendTransaction({ to, data, value: VALUE, gas: 1_000_000n });
  const { logs } = await reader.waitForTransactionReceipt({ hash: sent, timeout: 60_000 });
  const [log] = parseEventLogs({ abi: shardGatewayAbi, eventName: "MessageSent", logs });
  const wait = { pollMs: 200, timeoutMs: 120_000, isFinal: true };
  const ports = { clock: systemClock, scheduler: systemScheduler };
  message = await waitForMessage(nodeOf(zero), log!.args.id, wait, ports);
});

afterAll(async () => {
  await devnet?.kill();
  await directory?.remove();
});

describe("RPC-35: a message", () => {
  it("is known to both shards, by id and by delivery", async () => {
    expect(message).toMatchObject({
      ...{ status: "delivered", source: 0, destination: 1, valueWei: VALUE },
      sent: { shard: 0, transactionHash: sent },
      delivery: { shard: 1, outcome: "executed" },
    });
    const byDelivery = await findMessage(nodeOf(shards[1]!), message.delivery!.transactionHash);
    expect(byDelivery).toEqual(message);
    expect(await messagesOfTransaction(nodeOf(shards[0]!), sent)).toEqual([message]);
  });

  it("is proven to a client that trusts only a final state of shard 0", async () => {
    const [zero, one] = shards.map(nodeOf);
    const { result } = await rpcCall(devnet.rpcUrl, "eth_getBlockByNumber", ["finalized", false]);
    const { hash, stateRoot } = result as { hash: Hex; stateRoot: Hex };
    const checkpoint = { height: 1, number: 1, timestampMs: 0, hash, stateRoot };
    const { genesisHash } = (await zero!.request("trellis_getInfo", [])) as { genesisHash: Hex };
    const voters = { epoch: 0, members: [] };
    const trusted = { chainId: 31_337n, genesisHash, checkpoint, voters, votedBy: undefined };
    const nodes = { coordinator: zero!, source: zero!, destination: one! };
    expect(await verifyMessage(message, trusted, nodes)).toEqual({ isSent: true, isConsumed: true });
  });
});

describe("RPC-34: a block with a delivery", () => {
  it("is read by viem, ethers and cast", async () => {
    const { height, transactionHash, blockHash } = message.delivery!;
    const { url } = shards[1]!;
    const viem = publicClientOf(url);
    const block = await viem.getBlock({ blockHash, includeTransactions: true });
    expect(block.transactions[0]).toMatchObject({
      hash: transactionHash,
      to: message.recipient,
      value: VALUE,
    });
    const receipt = await viem.getTransactionReceipt({ hash: transactionHash });
    expect(receipt).toMatchObject({ status: "success", transactionIndex: 0 });
    const provider = ethersProviderOf(url);
    const ethersBlock = await provider.getBlock(height, true);
    expect(ethersBlock?.prefetchedTransactions[0]).toMatchObject({ hash: transactionHash, type: 0x7e });
    expect((await provider.getTransactionReceipt(transactionHash))?.logs).toHaveLength(receipt.logs.length);
    provider.destroy();
    const cast = (...argv: string[]) => foundry("cast", argv, { cwd: directory.path, rpcUrl: url });
    expect(JSON.parse(await cast("block", String(height), "--full", "--json")).transactions[0]).toMatchObject(
      {
        hash: transactionHash,
        type: "0x7e",
      },
    );
    expect(await cast("receipt", transactionHash)).toContain("1 (success)");
  });
});
