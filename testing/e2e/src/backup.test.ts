import { afterEach, beforeEach, expect, it } from "vitest";
import { accountOf } from "./chain.ts";
import { publicClientOf, walletOf } from "./clients.ts";
import { type Devnet, runTrellis, startDevnet } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const TO = `0x${"ab".repeat(20)}` as const;

let directory: TemporaryDirectory;
let started: Devnet[];

beforeEach(async () => {
  directory = await temporaryDirectory();
  started = [];
});

afterEach(async () => {
  await Promise.all(started.map((devnet) => devnet.kill()));
  await directory.remove();
});

async function start(dataDir: string): Promise<Devnet> {
  const devnet = await startDevnet({ dataDir });
  started.push(devnet);
  return devnet;
}

async function pay({ rpcUrl }: Devnet, value: bigint): Promise<bigint> {
  const client = publicClientOf(rpcUrl);
  const hash = await walletOf(rpcUrl, accountOf(0)).sendTransaction({ to: TO, value });
  await client.waitForTransactionReceipt({ hash });
  return client.getBalance({ address: TO });
}

async function db(...operands: string[]) {
  const { exitCode, stdout, stderr } = await runTrellis(["db", ...operands, "--json"]);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout);
}

it("a backup of a running node is a data directory on which a node can run", async () => {
  const [dataDir, copyDir] = [`${directory.path}/devnet`, `${directory.path}/backups/first`];
  const devnet = await start(dataDir);
  expect(await pay(devnet, 5n)).toBe(5n);
  const { head } = await db("backup", copyDir, "--data-dir", dataDir);
  expect(await pay(devnet, 1n)).toBe(6n);
  await devnet.stop();

  expect(await db("verify", "--data-dir", copyDir)).toMatchObject({ head, problems: [] });
  const restored = await start(copyDir);
  const block = await publicClientOf(restored.rpcUrl).getBlock({ blockHash: head.hash });
  expect(Number(block.number)).toBe(head.number);
  expect(await pay(restored, 2n)).toBe(7n);
});
