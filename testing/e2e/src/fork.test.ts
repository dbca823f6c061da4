import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Address, type Hex, numberToHex, parseEther } from "viem";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountOf } from "./chain.ts";
import { publicClientOf, rpcCall, walletOf } from "./clients.ts";
import { deployProbe, probeAbi } from "./probe.ts";
import { flagsOf, type ReadyLine, runTrellis, type Served, startTrellis } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const RICH: Address = "0x000000000000000000000000000000000000bEEF";
const UNREAD: Address = "0x000000000000000000000000000000000000BEEe";
const OWNER = accountOf(0);

interface ForkMetadata {
  readonly forkedNetwork: { readonly forkBlockNumber: number; readonly forkBlockHash: Hex };
}

let directory: TemporaryDirectory;
let first: Served<ReadyLine>;
let second: Served<ReadyLine>;
let forkUrl: string;
let probe: Address;
let deployment: Hex;

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

async function get(path: string): Promise<string> {
  return (await fetch(new URL(path, second.ready.http))).text();
}

/** Of /ready. */
async function warnings(): Promise<Readonly<Record<string, string>>> {
  return JSON.parse(await get("/ready")).warnings;
}

const balanceAt = ({ ready }: Served<ReadyLine>, address: Address) =>
  publicClientOf(ready.rpc).getBalance({ address });

beforeAll(async () => {
  directory = await temporaryDirectory();
  first = await start("first");
  forkUrl = first.ready.rpc;
  probe = await deployProbe(forkUrl, OWNER);
  deployment = (await publicClientOf(forkUrl).getBlock()).transactions[0]!;
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

  it("continues the blocks of the first, which serves those before [DEV-8]", async () => {
    const urls = [second.ready.rpc, forkUrl];
    const [here, there] = urls.map((url) => publicClientOf(url));
    const { result } = await rpcCall(second.ready.rpc, "hardhat_metadata", []);
    const { forkBlockNumber, forkBlockHash } = (result as ForkMetadata).forkedNetwork;
    const below = BigInt(forkBlockNumber);
    const [own, block] = await Promise.all([
      here!.getBlock({ blockNumber: below + 1n }),
      there!.getBlock({ blockNumber: below }),
    ]);
    expect(block.hash).toBe(forkBlockHash);
    expect([own.parentHash, own.timestamp]).toEqual([block.hash, block.timestamp + 1n]);
    const ask = async (method: string, ...params: unknown[]) => {
      const [mine, theirs] = await Promise.all(urls.map((url) => rpcCall(url, method, params)));
      expect(mine!.result, method).toEqual(theirs!.result);
      return theirs!.result;
    };
    await ask("eth_getBlockByNumber", numberToHex(below), true);
    await ask("eth_getBlockByHash", block.hash, false);
    const logs = (await ask("eth_getLogs", { fromBlock: "0x0", toBlock: numberToHex(below) })) as object[];
    const all = await rpcCall(second.ready.rpc, "eth_getLogs", [
      { fromBlock: "earliest", toBlock: "latest" },
    ]);
    expect(all.result).toEqual(logs);
    const frames = await rpcCall(forkUrl, "trace_filter", [{ toBlock: numberToHex(below) }]);
    expect(frames.result).not.toEqual([]);
    expect((await rpcCall(second.ready.rpc, "trace_filter", [{}])).result).toEqual(frames.result);
    const capabilities = await rpcCall(second.ready.rpc, "eth_capabilities", []);
    const { stateproofs, ...kept } = (await rpcCall(forkUrl, "eth_capabilities", [])).result as object & {
      stateproofs: object;
    };
    expect(stateproofs).toEqual({ disabled: false, oldestBlock: "0x0" });
    const head = expect.any(Object);
    expect(capabilities.result).toEqual({ ...kept, head, stateproofs: { disabled: true } });
    await ask("eth_getBalance", RICH, "0x1");
    await ask("eth_getTransactionReceipt", deployment);
    await ask("eth_getTransactionByHash", deployment);
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

  it("takes snapshots, resets to the forked block, and loads its dumps", async () => {
    const ask = async (method: string, ...params: unknown[]) => {
      const { result, error } = await rpcCall(second.ready.rpc, method, params);
      expect(error, method).toBeUndefined();
      return result;
    };
    const values = () => Promise.all([1n, 2n, 3n].map((slot) => valueAt(second, slot)));
    const snapshot = await ask("evm_snapshot");
    await store(second, 3n, 5n);
    await ask("hardhat_setStorageAt", probe, "0x9", `0x${"1".padStart(64, "0")}`);
    expect(await values()).toEqual([0n, 7n, 5n]);
    expect(await ask("evm_revert", snapshot)).toBe(true);
    expect(await values()).toEqual([0n, 7n, 43n]);

    const dump = await ask("anvil_dumpState");
    const forking = { jsonRpcUrl: forkUrl };
    expect(await ask("hardhat_reset", { forking })).toBe(true);
    expect(await values()).toEqual([41n, 0n, 43n]);
    expect(await balanceAt(second, RICH)).toBe(parseEther("1"));
    const other = await rpcCall(second.ready.rpc, "hardhat_reset", [
      { forking: { ...forking, blockNumber: 1 } },
    ]);
    expect(other.error?.message).toContain("restart it with --fork-url");
    expect(await ask("anvil_loadState", dump)).toBe(true);
    expect(await values()).toEqual([0n, 7n, 43n]);
    expect(await balanceAt(second, RICH)).toBe(parseEther("2"));
  });

  it("gives no proofs", async () => {
    const { error } = await rpcCall(second.ready.rpc, "eth_getProof", [RICH, [], "latest"]);
    expect(error?.message).toMatch(/^no proofs and lists of slots after forked block \d+: /);
    const below = await Promise.all(
      [second.ready.rpc, forkUrl].map((url) => rpcCall(url, "eth_getProof", [RICH, [], "0x1"])),
    );
    expect(below[0]!.result).toMatchObject({ accountProof: expect.any(Array) });
    expect(below[0]).toEqual(below[1]);
  });

  it("FORK_READ_FAILED: without the first one, only for values that are not cached", async () => {
    expect(await warnings()).not.toHaveProperty("fork");
    await first.stop();
    const calls = [
      ["eth_getBalance", [UNREAD, "latest"]],
      ["eth_getBlockByNumber", ["0x1", false]],
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
    const { host } = new URL(forkUrl);
    const warning = expect.stringMatching(`value of the forked chain cannot be read \\(.*host: ${host}\\)`);
    await expect.poll(warnings, { timeout: 20_000 }).toMatchObject({ fork: warning });
    expect(await get("/metrics")).toMatch(
      /^trellis_fork_read_seconds_count\{kind="account",outcome="failed"\} [1-9]/m,
    );
  });

  it("starts again from the cache, without the first one", async () => {
    const { number } = await publicClientOf(second.ready.rpc).getBlock();
    await second.stop();
    const copy = join(directory.path, "copy");
    const dataDir = join(directory.path, "second");
    const backup = await runTrellis(["db", "backup", copy, "--data-dir", dataDir]);
    expect(backup.exitCode, backup.stderr).toBe(0);
    expect(await readFile(join(copy, "fork.json"), "utf8")).toBe(
      await readFile(join(dataDir, "fork.json"), "utf8"),
    );
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
  const refusalOf = async (name: string, ...args: readonly string[]) =>
    (await runTrellis(["devnet", ...flagsFor(name, ...args)])).stderr;
  const refusal = (...args: readonly string[]) => refusalOf("second", ...args);

  it("FORK_DIFFERENT: another block; CONFIG_INVALID_VALUE: no chain, or several nodes", async () => {
    await second.stop();
    expect(await refusal("--fork-url", forkUrl, "--fork-block", "1")).toContain("FORK_DIFFERENT");
    expect(await refusal()).toMatch(/CONFIG_INVALID_VALUE.*the directory forks block/s);
    const url = ["--fork-url", forkUrl] as const;
    expect(await refusalOf("first", ...url)).toMatch(/CONFIG_INVALID_VALUE.*a chain that forks no other/s);
    for (const [args, expected] of [
      [["--reset", "--fork-block", "1"], "--fork-block with --fork-url"],
      [["--fork-url", forkUrl, "--nodes", "2"], "--fork-url without --nodes"],
    ] as const)
      expect(await refusal(...args)).toMatch(new RegExp(`CONFIG_INVALID_VALUE.*${expected}`, "s"));
  });

  it("FORK_READ_FAILED, RESET_REFUSED: changes nothing [DEV-7]", async () => {
    const filesIn = async (name: string) => {
      const names = await readdir(join(directory.path, name), { recursive: true });
      // A cache is kept at each reset.
      return names.filter((file) => !file.startsWith("fork/"));
    };
    const forkFile = () => readFile(join(directory.path, "second", "fork.json"), "utf8");
    const before = [await filesIn("first"), await filesIn("second"), await forkFile()];
    for (const name of ["first", "second"])
      expect(await refusalOf(name, "--reset", "--fork-url", forkUrl)).toContain("FORK_READ_FAILED");
    expect([await filesIn("first"), await filesIn("second"), await forkFile()]).toEqual(before);
    first = await start("first");
    const url = ["--reset", "--fork-url", first.ready.rpc] as const;
    expect(await refusal(...url, "--fork-block", "99999999")).toContain("block unknown");
    const foreign = join(directory.path, "second", "index", "notes.txt");
    await writeFile(foreign, "mine");
    expect(await refusal(...url)).toContain("RESET_REFUSED");
    await rm(foreign);
    expect([await filesIn("second"), await forkFile()]).toEqual(before.slice(1));
    second = await start("second", ...url);
    expect(JSON.parse(await forkFile())).not.toEqual(JSON.parse(before[2] as string));
  });
});
