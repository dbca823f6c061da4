import { type Hex, silentMetrics } from "@trellis/base";
import {
  createAgreedClient,
  createRpcChainClient,
  createSender,
  openRpcEndpoint,
  waitForFinality,
} from "@trellis/client";
import {
  DETERMINISTIC_DEPLOYER_ADDRESS,
  RESERVES_REGISTRY_ADDRESS,
  ReservesRegistry,
  reservesRegistryDeployment,
} from "@trellis/contracts/reserves";
import { accountsFromMnemonic, createLocalSigner } from "@trellis/crypto";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import { encodeEventTopics, encodeFunctionData } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MNEMONIC } from "./chain.ts";
import { type Devnet, startDevnet } from "./startDevnet.ts";

const [account] = accountsFromMnemonic(MNEMONIC, 1);
const signer = createLocalSigner(account!.privateKey);
const GWEI = 10n ** 9n;
const { abi } = ReservesRegistry;
const word = (value: number): Hex => `0x${value.toString(16).padStart(64, "0")}`;

let devnet: Devnet;
beforeAll(async () => {
  devnet = await startDevnet({ args: ["--block-time", "100"] });
});
afterAll(() => devnet?.stop());

function clientOf(name = "devnet", chainId = devnet.ready.chainId) {
  return createRpcChainClient(
    name,
    chainId,
    openRpcEndpoint({ name, url: devnet.rpcUrl }, { metrics: silentMetrics }),
  );
}
const ports = { clock: systemClock, scheduler: systemScheduler };
const wait = { rule: "finalized", pollMs: 50, timeoutMs: 50_000 } as const;

describe("a devnet", () => {
  it("deploys a contract, sends, waits until it is final, and reads it by several agreeing nodes", async () => {
    const client = createAgreedClient([clientOf("a"), clientOf("b"), clientOf("c")], 2, ports);
    const sender = createSender(
      { chainId: devnet.ready.chainId, feeLimitWei: 1_000n * GWEI },
      { client, signer },
    );
    const deployed = await sender.send(reservesRegistryDeployment);
    await waitForFinality(client, deployed.hash, wait, ports);
    const args = [1n, word(0), word(1), word(2), 5n, word(3)] as const;
    const data = encodeFunctionData({ abi, functionName: "publish", args });
    const sent = await sender.send({ to: RESERVES_REGISTRY_ADDRESS, data });
    expect(sent.nonce).toBe(deployed.nonce + 1);
    const { block, isReverted, gasUsed } = await waitForFinality(client, sent.hash, wait, ports);
    expect({ isReverted, gasUsed }).toEqual({ isReverted: false, gasUsed: 141_466n });

    const final = (await client.block("finalized"))!;
    expect(final.height).toBeGreaterThanOrEqual(block.height);
    expect(await client.code(RESERVES_REGISTRY_ADDRESS, final.hash)).toBe(ReservesRegistry.runtimeBytecode);
    const call = encodeFunctionData({ abi, functionName: "latestSequence", args: [sender.address] });
    expect(await client.call(RESERVES_REGISTRY_ADDRESS, call, final.hash)).toBe(word(1));
    const unknown = encodeFunctionData({ abi, functionName: "anchorOf", args: [sender.address, 2n] });
    expect(await client.call(RESERVES_REGISTRY_ADDRESS, unknown, final.hash)).toBeUndefined();
    const topics = encodeEventTopics({
      abi,
      eventName: "Published",
      args: { custodian: sender.address },
    }) as (Hex | null)[];
    const [log] = await client.logs({
      address: RESERVES_REGISTRY_ADDRESS,
      topics,
      fromHeight: 0,
      toHeight: final.height,
    });
    expect(log).toMatchObject({ block, transactionHash: sent.hash });
    expect(await client.balance(DETERMINISTIC_DEPLOYER_ADDRESS, final.hash)).toBe(0n);
  });

  it("TRANSACTION_WOULD_REVERT, TRANSACTION_NONCE_TAKEN, NODE_BLOCK_UNKNOWN, NODE_OF_OTHER_CHAIN from this node's messages", async () => {
    const client = clientOf();
    const sender = createSender(
      { chainId: devnet.ready.chainId, feeLimitWei: 1_000n * GWEI },
      { client, signer },
    );
    const code = (name: string) => expect.objectContaining({ code: name });
    await expect(sender.prepare(reservesRegistryDeployment)).rejects.toEqual(
      code("TRANSACTION_WOULD_REVERT"),
    );
    const to: Hex = `0x${"b2".repeat(20)}`;
    const old = await sender.prepare({ to, data: "0x" }, { nonce: 0 });
    await expect(client.send(old.raw)).rejects.toEqual(code("TRANSACTION_NONCE_TAKEN"));
    await expect(client.balance(to, word(7))).rejects.toEqual(code("NODE_BLOCK_UNKNOWN"));
    await expect(clientOf("other", 1).block("latest")).rejects.toEqual(code("NODE_OF_OTHER_CHAIN"));
  });

  it("TRANSACTION_UNDERPRICED; submitting the same transaction again succeeds", async () => {
    const client = clientOf();
    const sender = createSender(
      { chainId: devnet.ready.chainId, feeLimitWei: 1_000n * GWEI },
      { client, signer },
    );
    const to: Hex = `0x${"b2".repeat(20)}`;
    const nonce = (await client.nextNonce(sender.address, "pending")) + 1;
    const waiting = await sender.prepare({ to, data: "0x" }, { nonce });
    await client.send(waiting.raw);
    await client.send(waiting.raw);
    const other = await sender.prepare({ to, data: "0x", valueWei: 1n }, { nonce });
    await expect(client.send(other.raw)).rejects.toEqual(
      expect.objectContaining({ code: "TRANSACTION_UNDERPRICED" }),
    );
    const higher = await sender.prepare({ to, data: "0x", valueWei: 1n }, { nonce, above: waiting });
    await client.send(higher.raw);
    expect([await client.hasTransaction(higher.hash), await client.hasTransaction(waiting.hash)]).toEqual([
      true,
      false,
    ]);
  });
});
