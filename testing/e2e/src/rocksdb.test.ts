import { expect, it, onTestFinished } from "vitest";
import { rpcCall } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { runTrellis, startNode } from "./startDevnet.ts";
import { temporaryDirectory } from "./temporaryDirectory.ts";

const MINER = `0x${"ab".repeat(20)}`;

it("STORE-9, STORE-10: a node on RocksDB is backed up while it runs, finds its chain after SIGKILL, and refuses to continue with LMDB", async () => {
  const directory = await temporaryDirectory();
  const mining = ["--miner", MINER, "--block-time", "200ms"];
  const options = (store: string, more: readonly string[] = []) => ({
    dataDir: `${directory.path}/node`,
    args: ["--network", "local", "--index", "--store", store, ...more],
  });
  const first = await startNode(options("rocksdb", mining));
  onTestFinished(async () => {
    await first.kill();
    await directory.remove();
  });
  const numberOf = async (url: string) => Number((await rpcCall(url, "eth_blockNumber")).result);
  await eventually(async () => (await numberOf(first.rpcUrl)) > 10);
  const block = (await rpcCall(first.rpcUrl, "eth_getBlockByNumber", ["0xa", false])).result;
  const copied = await runTrellis([
    "db",
    "backup",
    `${directory.path}/copy`,
    "--data-dir",
    `${directory.path}/node`,
  ]);
  expect(copied.stdout, copied.stderr).toContain("verified");
  await first.kill();

  const { dataDir, args } = options("lmdb");
  const refused = await runTrellis(["node", "--data-dir", dataDir, "--rpc-port", "0", ...args]);
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toContain("STORE_KIND_DIFFERS");

  const second = await startNode(options("rocksdb"));
  onTestFinished(async () => void (await second.kill()));
  expect(await numberOf(second.rpcUrl)).toBeGreaterThanOrEqual(10);
  expect((await rpcCall(second.rpcUrl, "eth_getBlockByNumber", ["0xa", false])).result).toEqual(block);
  await second.stop();

  const verified = await runTrellis(["db", "verify", "--json", "--data-dir", dataDir]);
  expect(JSON.parse(verified.stdout)).toMatchObject({ problems: [] });
});
