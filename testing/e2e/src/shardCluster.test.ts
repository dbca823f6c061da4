import { followFinality, type TrustedFinality } from "@trellis/client/light";
import { findMessage, SHARD_GATEWAY, shardGatewayAbi, verifyMessage } from "@trellis/client/shards";
import { type Address, type Hex, parseEther, parseEventLogs } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rpcCall } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { freshAddress } from "./freshAddress.ts";
import { isAlive } from "./isAlive.ts";
import { nodeAt } from "./shards/nodeAt.ts";
import { QUEUES_ABI, REVERTER, type ShardClient, shardClient, shardClients } from "./shards/ShardClient.ts";
import { ShardToken } from "./shards/ShardToken.ts";
import { type Devnet, startDevnet, startNode } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const SHARDS = 4;
const VALIDATORS = 4;
const SUPPLY = parseEther("1000");
/** Adds its value to slot 0. */
const ADDER: Hex = "0x6007600c60003960076000f3345f54015f5500";
/** Sixteen threads share two cores. */
const WAIT_MS_MAX = 300_000;

let directory: TemporaryDirectory;
let devnet: Devnet;
let shards: ShardClient[];
let adders: Address[];
let token: ShardToken;
/** Value in each shard's adder. */
const added = new Array<bigint>(SHARDS).fill(0n);
const expected: { readonly shard: number; readonly address: Address; readonly value: bigint }[] = [];

async function start(): Promise<void> {
  const args = ["--shards", String(SHARDS), "--validators", String(VALIDATORS), "--block-time", "1500"];
  devnet = await startDevnet({ args, dataDir: `${directory.path}/devnet`, arbitrage: "market" });
  shards = shardClients(devnet.ready);
}

const directions = (): { from: ShardClient; to: ShardClient }[] =>
  shards.flatMap((from) => shards.filter((to) => to !== from).map((to) => ({ from, to })));

/** Coins to a new account, and coins with a call, in every direction. */
async function sendEverywhere(): Promise<void> {
  await Promise.all(
    shards.map(async (from) => {
      for (const to of shards) {
        if (to === from) continue;
        const address = freshAddress();
        const value = BigInt(1_000 + 10 * from.shard + to.shard);
        await from.submit(to.shard, { to: address, value });
        expected.push({ shard: to.shard, address, value });
        await from.submit(to.shard, { to: adders[to.shard]!, value, gasLimit: 60_000n });
        added[to.shard]! += value;
      }
    }),
  );
}

async function expectAllArrived(): Promise<void> {
  for (const { shard, address, value } of expected) await shards[shard]!.arrives(address, value, WAIT_MS_MAX);
  for (const [shard, adder] of adders.entries()) {
    await shards[shard]!.arrives(adder, added[shard]!, WAIT_MS_MAX);
    expect(BigInt((await shards[shard]!.word(adder))!)).toBe(added[shard]);
  }
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  await start();
  adders = await Promise.all(shards.map((shard) => shard.deploy(ADDER)));
  token = await ShardToken.deploy(shards, SUPPLY);
}, 900_000);

afterAll(async () => {
  await devnet?.kill();
  await directory?.remove();
});

describe("SHARD-10, RPC-36: four shards of four validators", () => {
  it("deliver coins and calls in all directions while a validator is killed, and tokens", async () => {
    const [zero, one] = shards as [ShardClient, ShardClient];
    const { pid } = devnet.ready.nodes!.at(-1)!;
    await sendEverywhere();
    process.kill(pid, "SIGKILL");
    for (const to of [1, 2, 3]) await token.move(zero, to, one.account.address, 100n);
    await sendEverywhere();
    await expectAllArrived();
    for (const to of [1, 2, 3]) await token.arrives(shards[to]!, one.account.address, 100n);
    expect(await token.total(shards)).toBe(SUPPLY);
    await eventually(() => devnet.stderr().includes("node.restarted"), WAIT_MS_MAX);
  }, 600_000);

  it("lose nothing when all are killed at once", async () => {
    await sendEverywhere();
    const pids = devnet.ready.nodes!.map(({ pid }) => pid);
    const { hash } = await shards[2]!.reader.getBlock({ blockTag: "finalized" });
    await devnet.kill();
    await eventually(() => pids.every((pid) => !isAlive(pid)), WAIT_MS_MAX);
    await start();
    expect((await shards[2]!.reader.getBlock({ blockHash: hash })).hash).toBe(hash);
    await expectAllArrived();
    await token.move(shards[1]!, 3, shards[1]!.account.address, 40n);
    await token.arrives(shards[3]!, shards[1]!.account.address, 140n);
    expect(await token.total(shards)).toBe(SUPPLY);
  }, 600_000);

  it("return the coins of a call that reverts", async () => {
    const [, one, , three] = shards as [ShardClient, ShardClient, ShardClient, ShardClient];
    const reverter = await three.deploy(REVERTER);
    const value = parseEther("1");
    const before = await one.balance(one.account.address);
    const { gasUsed, effectiveGasPrice } = await one.send(3, { to: reverter, value, gasLimit: 50_000n });
    await one.arrives(one.account.address, before - gasUsed * effectiveGasPrice, WAIT_MS_MAX);
    expect(await three.balance(reverter)).toBe(0n);
  }, 600_000);

  it("are followed by a node that follows two of them, which proves what it serves", async () => {
    const node = await startNode({
      args: [
        ...[
          "--network",
          "local",
          "--validators",
          String(VALIDATORS),
          "--shard-count",
          String(SHARDS),
          "--shards",
          "0,2",
        ],
        ...["--index", "--mdns=false", "--listen", "127.0.0.1:0", "--log-level", "warn"],
        ...["--bootstrap", devnet.ready.p2p!.addresses[0]!],
      ],
    });
    try {
      const { chainId, rpc } = node.ready.shards!.find(({ shard }) => shard === 2)!;
      expect(node.ready.shards!.map(({ shard }) => shard)).toEqual([2]);
      const own = shardClient(rpc, 2, chainId);
      const ids: Hex[] = [];
      for (const from of [shards[0]!, shards[1]!, shards[3]!]) {
        const address = freshAddress();
        const { logs } = await from.send(2, { to: address, value: 7n });
        const [sent] = parseEventLogs({ abi: shardGatewayAbi, eventName: "MessageSent", logs });
        ids.push(sent!.args.id);
        await own.arrives(address, 7n, WAIT_MS_MAX);
      }
      await expectProven(await trustedNow(), { coordinator: node.rpcUrl, destination: rpc }, ids);
    } finally {
      await node.kill();
    }
  }, 600_000);

  it("conserve coins: what each shard has sent has arrived", async () => {
    await eventually(async () => {
      const escrows = await Promise.all(directions().map(({ from, to }) => valuesOf(from, to)));
      return escrows.every(([sent, received]) => sent === received);
    }, WAIT_MS_MAX);
    expect(devnet.stderr()).not.toContain("SUPPLY_INCREASED");
  }, 600_000);
});

async function valuesOf(from: ShardClient, to: ShardClient): Promise<[bigint, bigint]> {
  const call = { address: SHARD_GATEWAY, abi: QUEUES_ABI } as const;
  const [, , sent] = await from.reader.readContract({ ...call, functionName: "outboxOf", args: [to.shard] });
  const inbox = await to.reader.readContract({ ...call, functionName: "inboxOf", args: [from.shard] });
  return [sent, inbox[4]];
}

/** What a user trusts: the validators of an epoch. */
async function trustedNow(): Promise<TrustedFinality> {
  const { result } = await rpcCall(devnet.rpcUrl, "trellis_getFinality");
  const { epoch, finalized, validators } = result as {
    readonly epoch: number;
    readonly finalized: { readonly height: number; readonly hash: Hex };
    readonly validators: readonly { readonly publicKey: Hex; readonly power: Hex }[];
  };
  const { number } = await shards[0]!.reader.getBlock({ blockHash: finalized.hash });
  const { hash } = await shards[0]!.reader.getBlock({ blockNumber: 0n });
  return {
    chainId: 31_337n,
    genesisHash: hash,
    votedBy: undefined,
    checkpoint: { ...finalized, number: Number(number), timestampMs: Date.now() },
    voters: {
      epoch: Number(epoch),
      members: validators.map(({ publicKey, power }) => ({ publicKey, power: BigInt(power) })),
    },
  };
}

const nodeOf = (url: string) => nodeAt(url, url);

async function expectProven(
  from: TrustedFinality,
  urls: { readonly coordinator: string; readonly destination: string },
  ids: readonly Hex[],
): Promise<void> {
  const [coordinator, destination] = [nodeOf(urls.coordinator), nodeOf(urls.destination)];
  const rules = { trustPeriodMs: 3_600_000, nowMs: Date.now() };
  let trusted = from;
  for (const id of ids) {
    const message = (await findMessage(destination, id))!;
    const source = nodeOf(shards[message.source]!.url);
    await eventually(async () => {
      trusted = await followFinality(coordinator, trusted, rules);
      if (trusted.checkpoint.stateRoot === undefined) return false;
      const { isSent, isConsumed } = await verifyMessage(message, trusted, {
        coordinator,
        source,
        destination,
      });
      return isSent && isConsumed;
    }, WAIT_MS_MAX);
  }
}
