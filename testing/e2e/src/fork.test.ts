import { join } from "node:path";
import { type Address, type Hex, parseEther } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountOf } from "./chain.ts";
import { publicClientOf, rpcCall, walletOf } from "./clients.ts";
import { deployProbe, probeAbi } from "./probe.ts";
import { flagsOf, type ReadyLine, runTrellis, type Served, startTrellis } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const RICH: Address = "0x000000000000000000000000000000000000bEEF";
const UNREAD: Address = "0x000000000000000000000000000000000000BEEe";
const OWNER = accountOf(0);

let directory: TemporaryDirectory;
let first: Served<ReadyLine>;
let second: Served<ReadyLine>;
let forkUrl: string;
let probe: Address;

async function start(name: string, ...args: readonly string[]): Promise<Served<ReadyLine>> {
  return startTrellis<ReadyLine>(["devnet", ...flagsFor(name, ...args)]);
}

function flagsFor(name: string, ...args: readonly string[]): string[] {
  const dataDir = join(directory.path, name);
  return flagsOf({ dataDir, args: ["--no-reserves", "--arbitrage", "off", ...args] });
}

const valueAt = ({ ready }: Served<ReadyLine>, slot: bigint): Promise<bigint> =>
  publicClientOf(ready.rpc).readContract({
    address: probe,
    abi: probeAbi,
    functionName: "values",
    args: [slot],
  });

async function store({ ready }: Served<ReadyLine>, slot: bigint, value: bigint): Promise<void> {
  const call = { address: probe, abi: probeAbi, functionName: "store", args: [slot, value] } as const;
  await mined(ready.rpc, await walletOf(ready.rpc, OWNER).writeContract(call));
}

async function send({ ready }: Served<ReadyLine>, to: Address): Promise<void> {
  await mined(
    ready.rpc,
    await walletOf(ready.rpc, OWNER).sendTransaction({ to, value: parseEther("1"), gas: 50_000n }),
  );
}

async function mined(rpc: string, hash: Hex): Promise<void> {
  expect(await publicClientOf(rpc).waitForTransactionReceipt({ hash })).toMatchObject({ status: "success" });
}

const balanceAt = ({ ready }: Served<ReadyLine>, address: Address) =>
  publicClientOf(ready.rpc).getBalance({ address });

beforeAll(async () => {
  directory = await temporaryDirectory();
  first = await start("first");
  forkUrl = first.ready.rpc;
  probe = await deployProbe(forkUrl, OWNER);
  await store(first, 1n, 41n);
  await store(first, 3n, 43n);
  await send(first, RICH);
  second = await start("second", "--fork-url", forkUrl);
});

afterAll(async () => {
  await second?.stop();
  await first?.stop();
  await directory.remove();
});

describe("a devnet that forks another [DEV-7]", () => {
  it("reads accounts, code and storage of the first", async () => {
    expect(await balanceAt(second, RICH)).toBe(parseEther("1"));
    const [here, there] = [second, first].map(({ ready }) => publicClientOf(ready.rpc));
    expect(await here!.getCode({ address: probe })).toBe(await there!.getCode({ address: probe }));
    expect(await valueAt(second, 1n)).toBe(41n);
    const address = OWNER.address;
    expect(await here!.getTransactionCount({ address })).toBe(await there!.getTransactionCount({ address }));
    expect(second.stderr()).not.toContain("fork.unproven");
  });

  it("writes over them; the first does not change", async () => {
    await store(second, 1n, 0n);
    await store(second, 2n, 7n);
    await send(second, RICH);
    expect(await Promise.all([1n, 2n, 3n].map((slot) => valueAt(second, slot)))).toEqual([0n, 7n, 43n]);
    expect(await balanceAt(second, RICH)).toBe(parseEther("2"));
    expect(await valueAt(first, 1n)).toBe(41n);
    expect(await balanceAt(first, RICH)).toBe(parseEther("1"));
    expect(await deployProbe(second.ready.rpc, OWNER)).not.toBe(probe);
  });

  it("gives no proofs", async () => {
    const { error } = await rpcCall(second.ready.rpc, "eth_getProof", [RICH, [], "latest"]);
    expect(error?.message).toMatch(/^missing trie node/);
  });

  it("FORK_READ_FAILED: without the first one, only for values that are not cached", async () => {
    await first.stop();
    const calls = [
      ["eth_getBalance", [UNREAD, "latest"]],
      ["eth_call", [{ to: probe, data: `0x5e383d21${"9".padStart(64, "0")}` }, "latest"]],
      ["eth_sendTransaction", [{ from: OWNER.address, to: UNREAD, value: "0x1", gas: "0xffff" }]],
    ] as const;
    for (const [method, params] of calls) {
      const { error } = await rpcCall(second.ready.rpc, method, [...params]);
      expect([method, error?.data]).toEqual([method, expect.objectContaining({ code: "FORK_READ_FAILED" })]);
    }
    await send(second, RICH);
    expect(await balanceAt(second, RICH)).toBe(parseEther("3"));
    expect(await valueAt(second, 3n)).toBe(43n);
  });

  it("starts again from the cache, without the first one", async () => {
    const { number } = await publicClientOf(second.ready.rpc).getBlock();
    await second.stop();
    second = await start("second", "--fork-url", forkUrl);
    expect(second.stderr()).toContain("fork.unreachable");
    const restarted = await publicClientOf(second.ready.rpc).getBlock();
    expect(restarted.number).toBeGreaterThanOrEqual(number);
    expect(await Promise.all([1n, 2n, 3n].map((slot) => valueAt(second, slot)))).toEqual([0n, 7n, 43n]);
    expect(await balanceAt(second, RICH)).toBe(parseEther("3"));
    await send(second, RICH);
  });
});

describe("refuses at the start", () => {
  const refusal = async (...args: readonly string[]) =>
    (await runTrellis(["devnet", ...flagsFor("second", ...args)])).stderr;

  it("FORK_DIFFERENT: another block; CONFIG_INVALID_VALUE: no chain, or several nodes", async () => {
    await second.stop();
    expect(await refusal("--fork-url", forkUrl, "--fork-block", "1")).toContain("FORK_DIFFERENT");
    expect(await refusal("--fork-block", "1")).toContain("CONFIG_INVALID_VALUE");
    expect(await refusal("--fork-url", forkUrl, "--nodes", "2")).toContain("CONFIG_INVALID_VALUE");
    expect(await refusal("--reset", "--fork-url", forkUrl)).toContain("FORK_READ_FAILED");
  });
});
