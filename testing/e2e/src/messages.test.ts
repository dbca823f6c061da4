import { bytesToHex } from "@trellis/base";
import {
  type CertifiedHeader,
  type FinalityProof,
  followFinality,
  type TrustedFinality,
} from "@trellis/client/light";
import {
  crossShardCall,
  findMessage,
  messageId,
  messagesOfTransaction,
  type SeenMessage,
  shardGatewayAbi,
  verifyMessage,
  waitForMessage,
} from "@trellis/client/shards";
import { blsPublicKey, blsSecretFromSeed, sha256 } from "@trellis/crypto";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import { getAddress, Wallet, WebSocketProvider } from "ethers";
import {
  createPublicClient,
  fromRlp,
  type Hex,
  keccak256,
  type Log,
  numberToHex,
  parseEther,
  parseEventLogs,
  toRlp,
  webSocket,
  zeroHash,
} from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { privateKeyOf } from "./chain.ts";
import { ethersProviderOf, publicClientOf } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { foundry } from "./foundry.ts";
import { freshAddress } from "./freshAddress.ts";
import { nodeAt } from "./shards/nodeAt.ts";
import { type ShardClient, shardClients } from "./shards/ShardClient.ts";
import { type Devnet, startDevnet } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const VALUE = 10n ** 18n;
/** Of the devnet. */
const FIRST_VALIDATOR = bytesToHex(
  blsPublicKey(blsSecretFromSeed(sha256(new TextEncoder().encode("Trellis development validator 0")))),
);
/** Field of a header. */
const STATE_ROOT = 5;

let directory: TemporaryDirectory;
let devnet: Devnet;
let shards: ShardClient[];
let message: SeenMessage;
let sent: Hex;

const nodeOf = ({ shard, url }: ShardClient) => nodeAt(`shard ${shard}`, url);

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

  describe("is proven to a client that knows only genesis and its validators", () => {
    const rules = { trustPeriodMs: 3_600_000, nowMs: Date.now() };
    let genesis: TrustedFinality;
    let trusted: TrustedFinality;

    beforeAll(async () => {
      const { hash } = await shards[0]!.reader.getBlock({ blockNumber: 0n });
      genesis = {
        chainId: 31_337n,
        genesisHash: hash,
        votedBy: undefined,
        checkpoint: { height: 0, hash, number: 0, timestampMs: Date.now() },
        voters: { epoch: 0, members: [{ publicKey: FIRST_VALIDATOR, power: parseEther("1000") }] },
      };
      const [zero, one] = shards.map(nodeOf);
      const nodes = { coordinator: zero!, source: zero!, destination: one! };
      trusted = genesis;
      // Shard 0 records the delivery some blocks after it is final.
      await eventually(async () => {
        trusted = await followFinality(zero!, trusted, rules);
        return (await verifyMessage(message, trusted, nodes)).isConsumed;
      });
    });

    it("FINAL-21, SHARD-15: that it was sent and consumed", async () => {
      const [zero, one] = shards.map(nodeOf);
      const nodes = { coordinator: zero!, source: zero!, destination: one! };
      expect(await verifyMessage(message, trusted, nodes)).toEqual({ isSent: true, isConsumed: true });
      expect(trusted.checkpoint.height).toBeGreaterThan(0);
    });

    it.each([
      { certificate: "the old certificate", hashOf: undefined },
      { certificate: "a certificate for it", hashOf: keccak256 },
    ])("LIGHT_PROOF_INVALID: a node that forges shard 0's state, with $certificate", async ({ hashOf }) => {
      const { name, request } = nodeOf(shards[0]!);
      const forge = ({ header, certificate }: CertifiedHeader) => {
        const forged = toRlp((fromRlp(header) as Hex[]).with(STATE_ROOT, zeroHash));
        const value = hashOf?.(forged) ?? certificate.value;
        return { header: forged, certificate: { ...certificate, value } };
      };
      const liar = {
        name,
        request: async (method: string, params: readonly unknown[]) => {
          const { changes, newest } = (await request(method, params)) as FinalityProof;
          return {
            changes: changes.map((change) => ({ ...change, ...forge(change) })),
            newest: newest && forge(newest),
          };
        },
      };
      await expect(followFinality(liar, genesis, rules)).rejects.toMatchObject({
        code: "LIGHT_PROOF_INVALID",
        facts: { what: hashOf === undefined ? "header" : "certificate" },
      });
    });

    it("LIGHT_PROOF_INVALID: a message that was not sent, and a state that is not the final one", async () => {
      const [zero, one] = shards.map(nodeOf);
      const nodes = { coordinator: zero!, source: zero!, destination: one! };
      const more = { ...message, valueWei: message.valueWei + 1n };
      const invented = { ...more, id: messageId(more) };
      await expect(verifyMessage(invented, trusted, nodes)).rejects.toMatchObject({
        code: "LIGHT_PROOF_INVALID",
        facts: { reason: "the outbox has another message" },
      });
      // A right proof of the newest block, which is not final.
      const early = {
        name: "early",
        request: (method: string, [address, slots]: readonly unknown[]) =>
          one!.request(method, [address, slots, "latest"]),
      };
      const lying = { ...nodes, destination: early };
      await expect(verifyMessage(message, trusted, lying)).rejects.toMatchObject({
        code: "LIGHT_PROOF_INVALID",
      });
    });
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

describe.each([0, 1])("unmodified tools on shard %i", (index) => {
  const TO = freshAddress();
  /** Emits a log with topic 7, and returns 42. */
  const CODE: Hex = "0x600d600c600039600d6000f360075f5fa1602a5f5260205ff3";
  let shard: ShardClient;
  let contract: Hex;

  beforeAll(async () => {
    shard = shards[index]!;
    contract = await shard.deploy(CODE);
  });

  it("viem: sends, reads, and subscribes by WebSocket", async () => {
    const { reader, wallet, confirmed, chainId } = shard;
    expect(await reader.getChainId()).toBe(chainId);
    const socket = createPublicClient({ transport: webSocket(shard.url.replace("http", "ws")) });
    const { promise, resolve } = Promise.withResolvers<Log>();
    const unwatch = socket.watchEvent({ address: contract, onLogs: ([log]) => resolve(log!) });
    const { data } = await reader.call({ to: contract });
    expect(data).toBe(numberToHex(42, { size: 32 }));
    let seen: Log | undefined;
    void promise.then((log) => {
      seen = log;
    });
    // The subscription begins some time after the call.
    await eventually(async () => {
      await confirmed(await wallet.sendTransaction({ to: contract }));
      return seen !== undefined;
    });
    unwatch();
    (await socket.transport.getRpcClient()).close();
    const logs = await reader.getLogs({ address: contract, fromBlock: 0n });
    expect(logs.map(({ transactionHash }) => transactionHash)).toContain(seen!.transactionHash);
    expect(logs[0]!.topics).toEqual([numberToHex(7, { size: 32 })]);
  });

  it("ethers: sends, reads, and subscribes by WebSocket", async () => {
    const { url, chainId } = shard;
    const provider = new WebSocketProvider(url.replace("http", "ws"));
    try {
      expect((await provider.getNetwork()).chainId).toBe(BigInt(chainId));
      const wallet = new Wallet(privateKeyOf(5), provider);
      const blocks: number[] = [];
      await provider.on("block", (number: number) => blocks.push(number));
      const receipt = await (await wallet.sendTransaction({ to: contract })).wait();
      expect(receipt).toMatchObject({ status: 1, logs: [{ address: getAddress(contract) }] });
      expect(BigInt(await provider.call({ to: contract }))).toBe(42n);
      const found = await provider.getLogs({ address: contract, fromBlock: receipt!.blockNumber });
      expect(found.map(({ transactionHash }) => transactionHash)).toContain(receipt!.hash);
      await eventually(() => blocks.length > 0);
    } finally {
      await provider.destroy();
    }
  });

  it("cast: sends and reads", async () => {
    const { url, chainId } = shard;
    const cast = (...argv: string[]) => foundry("cast", argv, { cwd: directory.path, rpcUrl: url });
    expect(await cast("chain-id")).toBe(String(chainId));
    const key = ["--private-key", privateKeyOf(6), "--json"];
    const sending = JSON.parse(await cast("send", TO, "--value", "5", ...key)) as { transactionHash: Hex };
    expect(await cast("receipt", sending.transactionHash, "status")).toBe("true");
    expect(await cast("balance", TO)).toBe("5");
    expect(BigInt(await cast("call", contract))).toBe(42n);
    expect(JSON.parse(await cast("logs", "--address", contract, "--from-block", "0", "--json"))).not.toEqual(
      [],
    );
  });
});
