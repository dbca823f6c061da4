import { fileURLToPath } from "node:url";
import { environmentOf, type ProcessFault } from "@trellis/kit/workerFaults";
import { readMetricTables } from "@trellis/tools";
import { createPublicClient, encodeFunctionData, type Hex, parseEther, webSocket, zeroAddress } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rpcCall } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { expectStopped } from "./expectStopped.ts";
import { freshAddress } from "./freshAddress.ts";
import { REVERTER, type ShardClient, shardClients } from "./shards/ShardClient.ts";
import { ShardToken } from "./shards/ShardToken.ts";
import { type Devnet, startDevnet } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const ARGS = ["--shards", "3", "--block-time", "200"];
const GENESIS_OF_ONE_SHARD = "0xa7ceb239155ce58f1c7718a3201ed5e67ec539c6edd5cee33076ddcd42f8b5e8";
/** Stores the first word of its data in slot 0. */
const KEEPER: Hex = "0x6007600c60003960076000f360003560005500";
/** Of the hosts together: some seconds after the start. */
const MESSAGES_UNTIL_DEATH = 500;
const SENT_WHILE_DYING = 40;

describe("a devnet with three shards", () => {
  let directory: TemporaryDirectory;
  let devnet: Devnet;
  let shards: ShardClient[];

  const start = async (fault?: ProcessFault): Promise<void> => {
    const environment = fault && environmentOf(fault);
    const dataDir = `${directory.path}/devnet`;
    devnet = await startDevnet({ args: ARGS, dataDir, arbitrage: "market", environment });
    shards = shardClients(devnet.ready);
  };

  beforeAll(async () => {
    directory = await temporaryDirectory();
    await start();
  });

  afterAll(async () => {
    await devnet?.kill();
    await directory.remove();
  });

  it("RPC-33, SHARD-1: each has its chain id, funded accounts, and WebSocket", async () => {
    expect(devnet.ready.chainId).toBe(31_337);
    expect(devnet.ready.shards).toMatchObject([
      { shard: 1, chainId: 31_337_000_001, rpc: `${devnet.rpcUrl}/shard/1` },
      { shard: 2, chainId: 31_337_000_002, ws: `${devnet.wsUrl}/shard/2` },
    ]);
    for (const { reader, chainId, account, balance } of shards) {
      expect(await reader.getChainId()).toBe(chainId);
      expect(await balance(account.address)).toBeGreaterThan(9_000n * 10n ** 18n);
    }
    const unknown = await fetch(`${devnet.rpcUrl}/shard/3`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}',
    });
    expect(unknown.status).toBe(404);
    // What the console's pages call.
    expect((await rpcCall(`${devnet.httpUrl}/rpc/shard/2`, "eth_chainId")).result).toBe(
      `0x${(31_337_000_002).toString(16)}`,
    );
    const socket = createPublicClient({ transport: webSocket(devnet.ready.shards![1]!.ws) });
    const { promise, resolve } = Promise.withResolvers<bigint>();
    const unwatch = socket.watchBlockNumber({ onBlockNumber: resolve });
    expect(await promise).toBeGreaterThan(0n);
    unwatch();
    (await socket.transport.getRpcClient()).close();
  });

  it("SHARD-5, SHARD-10: value goes from each shard to each other, without a second transaction", async () => {
    const pairs = shards.flatMap((from) => shards.filter((to) => to !== from).map((to) => ({ from, to })));
    const sent: { to: ShardClient; address: Hex; value: bigint }[] = [];
    for (const { from, to } of pairs) {
      const address = freshAddress();
      const value = BigInt(1_000 + 10 * from.shard + to.shard);
      await from.send(to.shard, { to: address, value });
      sent.push({ to, address, value });
    }
    for (const { to, address, value } of sent) await to.arrives(address, value);
  });

  it("SHARD-10.1, SHARD-11: a call runs in the other shard; one that reverts is refunded", async () => {
    const [zero, one, two] = shards as [ShardClient, ShardClient, ShardClient];
    const keeper = await two.deploy(KEEPER);
    const word: Hex = `0x${"2a".padStart(64, "0")}`;
    await one.send(2, { to: keeper, value: 5n, data: word, gasLimit: 60_000n });
    await two.arrives(keeper, 5n);
    expect(await two.word(keeper)).toBe(word);

    const reverter = await one.deploy(REVERTER);
    const value = 10n ** 18n;
    const before = await zero.balance(zero.account.address);
    const { gasUsed, effectiveGasPrice } = await zero.send(1, { to: reverter, value, gasLimit: 50_000n });
    const paid = gasUsed * effectiveGasPrice;
    await zero.arrives(zero.account.address, before - paid);
    expect(await one.balance(reverter)).toBe(0n);
  });

  it("a token moves between shards, and its supply stays the same", async () => {
    const [zero, one, two] = shards as [ShardClient, ShardClient, ShardClient];
    const supply = parseEther("1000");
    const token = await ShardToken.deploy(shards, supply);
    const holder = zero.account.address;
    await token.move(zero, 1, one.account.address, 600n);
    await token.move(zero, 2, two.account.address, 300n);
    await token.arrives(one, one.account.address, 600n);
    await token.arrives(two, two.account.address, 300n);
    const owner = freshAddress();
    await token.move(one, 2, owner, 500n);
    await token.move(two, 0, owner, 200n);
    await token.arrives(two, owner, 500n);
    await token.arrives(zero, owner, 200n);
    expect(await token.balanceOf(zero, holder)).toBe(supply - 900n);
    expect(await token.total(shards)).toBe(supply);

    await expect(token.move(one, 2, zeroAddress, 1n)).rejects.toThrow(/ERC20InvalidReceiver/);
    await expect(token.move(one, 2, owner, 101n)).rejects.toThrow(/ERC20InsufficientBalance/);
    // Of an account instead of the token: the call reverts, and its coins return.
    const value = parseEther("1");
    const { address: to, abi } = token;
    const data = encodeFunctionData({ abi, functionName: "receiveAcross", args: [owner, 9n] });
    const before = await one.balance(one.account.address);
    const { gasUsed, effectiveGasPrice } = await one.send(2, { to, value, data, gasLimit: 100_000n });
    await one.arrives(one.account.address, before - gasUsed * effectiveGasPrice);
    expect(await token.balanceOf(two, owner)).toBe(500n);
    expect(await token.total(shards)).toBe(supply);
  });

  it("EXEC-35: kill -9 loses no message, and the next start delivers those in flight", async () => {
    const [zero, one] = shards as [ShardClient, ShardClient];
    const [first, second] = [freshAddress(), freshAddress()];
    await zero.send(1, { to: first, value: 7n });
    await one.send(2, { to: second, value: 8n });
    const { hash } = await one.reader.getBlock();
    await devnet.kill();
    await start();
    expect((await shards[1]!.reader.getBlock({ blockHash: hash })).hash).toBe(hash);
    await shards[1]!.arrives(first, 7n);
    await shards[2]!.arrives(second, 8n);
  });

  it("SHARD_HOST_FAILED: the death of a shard's thread ends the node, and the next start loses nothing", async () => {
    expectStopped(await devnet.stop());
    await start({ worker: "hostWorker", fault: "exits", message: MESSAGES_UNTIL_DEATH });
    const [zero, one] = shards as [ShardClient, ShardClient];
    const sent: { to: ShardClient; address: Hex }[] = [];
    const isOver = (): boolean => devnet.stderr().includes("service.failed");
    for (let count = 0; count < SENT_WHILE_DYING && !isOver(); count++) {
      const [from, to] = count % 2 === 0 ? [zero, one] : [one, zero];
      const address = freshAddress();
      const isAccepted = await from.submit(to.shard, { to: address, value: 9n }).then(
        () => true,
        () => false,
      );
      if (isAccepted) sent.push({ to, address });
    }
    await eventually(isOver);
    const { exitCode, stderr } = await devnet.stop();
    expect(exitCode).toBe(1);
    const fatal = stderr.split("\n").filter((line) => line.includes('"level":"fatal"'));
    expect(fatal.map((line) => JSON.parse(line))).toMatchObject([
      { msg: "service.failed", error: { code: "SHARD_HOST_FAILED" } },
    ]);
    expect(sent.length).toBeGreaterThan(0);
    await start();
    // The clients of this start have other ports.
    for (const { to, address } of sent) await shards[to.shard]!.arrives(address, 9n);
  });

  it("reports other shards' metrics and health, and stops in order", async () => {
    const [zero, one] = shards as [ShardClient, ShardClient];
    const address = freshAddress();
    await zero.send(1, { to: address, value: 3n });
    await one.arrives(address, 3n);
    const scraped = await (await fetch(`${devnet.httpUrl}/metrics`)).text();
    expect(scraped).toMatch(/^trellis_chain_blocks_total\{.*shard="2".*\} \d+$/m);
    const found = scraped.matchAll(/^(trellis_shard_\w+?)(?:_bucket)?\{/gm);
    const names = await shardMetrics();
    expect(names.length).toBeGreaterThan(5);
    expect([...found].map(([, name]) => name)).toEqual(expect.arrayContaining(names));
    await eventually(async () => (await fetch(`${devnet.httpUrl}/ready`)).ok);
    expectStopped(await devnet.stop());
  });
});

async function shardMetrics(): Promise<string[]> {
  const tables = await readMetricTables(fileURLToPath(new URL("../../..", import.meta.url)));
  const names = tables.flatMap(({ metrics }) => metrics.map(({ name }) => name));
  return names.filter((name) => name.startsWith("trellis_shard_"));
}

it("SHARD-3: a devnet with one shard has the genesis that it had before shards", async () => {
  const devnet = await startDevnet({ args: ["--shards", "1"] });
  try {
    expect(devnet.ready.shards).toBeUndefined();
    const { result } = await rpcCall(devnet.rpcUrl, "eth_getBlockByNumber", ["0x0", false]);
    expect((result as { hash: string }).hash).toBe(GENESIS_OF_ONE_SHARD);
  } finally {
    await devnet.kill();
  }
});
