import { hexToBytes } from "@trellis/base";
import { keccak256 } from "@trellis/crypto";
import { decodeAccount } from "@trellis/protocol";
import { verifyProof } from "@trellis/storage";
import { afterAll, beforeAll, expect, it } from "vitest";
import { batchCall } from "./batchCall.ts";
import { accountOf } from "./chain.ts";
import { publicClientOf } from "./clients.ts";
import { Load } from "./crash/Load.ts";
import { seededRandom } from "./crash/seededRandom.ts";
import { eventually } from "./eventually.ts";
import { deployProbe } from "./probe.ts";
import { type Devnet, devnetFlags, runTrellis, startDevnet } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";
import { deployToken, tokenAbi } from "./token.ts";

const ROUNDS = Number(process.env.TRELLIS_CRASH_ROUNDS ?? 5);
const SEED = Number(process.env.TRELLIS_CRASH_SEED ?? 1);
const KILL_MS_MAX = 1_500;
const START_MS = 1_000;
const DEPLOYMENTS = 2;
const RECIPIENT = `0x${"fe".repeat(20)}` as const;

const random = seededRandom(SEED);
let directory: TemporaryDirectory;
let devnet: Devnet;
let load: Load;
let token: `0x${string}`;

beforeAll(async () => {
  console.info(`crash: ${ROUNDS} rounds with seed ${SEED} (TRELLIS_CRASH_ROUNDS, TRELLIS_CRASH_SEED)`);
  directory = await temporaryDirectory();
  devnet = await start();
  const probe = await deployProbe(devnet.rpcUrl, accountOf(0));
  token = await deployToken(devnet.rpcUrl, accountOf(0), "Crash", "CRS", 10n ** 30n);
  load = new Load({ probe, token, recipient: RECIPIENT }, random);
});

afterAll(async () => {
  await devnet?.kill();
  await directory?.remove();
});

const dataDir = (): string => `${directory.path}/devnet`;
const start = (): Promise<Devnet> => startDevnet({ dataDir: dataDir() });

async function crash(): Promise<void> {
  let isOver = false;
  const running = load.run(devnet.rpcUrl, () => isOver);
  await new Promise((resolve) => setTimeout(resolve, random() * KILL_MS_MAX));
  const { signal } = await devnet.kill();
  expect(signal).toBe("SIGKILL");
  isOver = true;
  await running;
}

async function expectNothingLost(): Promise<void> {
  const hashes = [...load.acknowledged.keys()];
  const answers = await batchCall(
    devnet.rpcUrl,
    "eth_getTransactionReceipt",
    hashes.map((hash) => [hash]),
  );
  const receipts = new Map(answers.map(({ result }, index) => [hashes[index]!, result]));
  const lost = hashes.filter((hash) => receipts.get(hash) === null);
  expect(lost, "transactions that were mined before").toEqual([]);
  expect([...receipts.values()]).toEqual([...load.acknowledged.values()]);
}

async function expectStoreIsSound(): Promise<void> {
  const { exitCode, stdout, stderr } = await runTrellis(["db", "verify", "--data-dir", dataDir(), "--json"]);
  expect(exitCode, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ problems: [] });
}

async function expectStateIsProven(): Promise<void> {
  const client = publicClientOf(devnet.rpcUrl);
  const { stateRoot, number: blockNumber } = await client.getBlock();
  for (const address of [RECIPIENT, token, ...[0, 5, 9].map((index) => accountOf(index).address)]) {
    const proof = await client.getProof({ address, storageKeys: [], blockNumber });
    const nodes = proof.accountProof.map((node) => hexToBytes(node));
    const found = verifyProof(stateRoot, keccak256(hexToBytes(address)), nodes);
    if (found === undefined) {
      expect(proof).toMatchObject({ balance: 0n, nonce: 0 });
      continue;
    }
    const { account } = decodeAccount(found);
    expect(account).toMatchObject({ balance: proof.balance, nonce: BigInt(proof.nonce) });
    expect(await client.getBalance({ address, blockNumber })).toBe(account.balance);
  }
}

it.each(Array.from({ length: ROUNDS }, (_, index) => index + 1))(
  "round %i: killed under load, it restarts, loses nothing acknowledged, and recomputes the state root",
  async (round) => {
    await crash();
    await expectStoreIsSound();
    if (round % 3 === 0) {
      await runTrellis(["devnet", ...devnetFlags({ dataDir: dataDir() })], { killMs: random() * START_MS });
    }
    devnet = await start();
    await expectNothingLost();
    await expectStateIsProven();
  },
);

it("the load continues, and at the end every mined transaction counted once", async () => {
  const endMs = performance.now() + 500;
  await load.run(devnet.rpcUrl, () => performance.now() > endMs);
  await eventually(async () => {
    const [latest, pending] = await Promise.all([
      load.nonces(devnet.rpcUrl),
      load.nonces(devnet.rpcUrl, "pending"),
    ]);
    return latest.every((nonce, sender) => nonce === pending[sender]);
  });
  await load.collectReceipts(devnet.rpcUrl);
  await expectNothingLost();

  const mined = [...load.sent.values()].filter(({ hash }) => load.acknowledged.has(hash));
  const nonces = await load.nonces(devnet.rpcUrl);
  expect(nonces.reduce((sum, nonce) => sum + nonce)).toBe(BigInt(mined.length + DEPLOYMENTS));
  const countOf = (kind: string): bigint => BigInt(mined.filter((sent) => sent.kind === kind).length);
  const client = publicClientOf(devnet.rpcUrl);
  expect(await client.getBalance({ address: RECIPIENT })).toBe(countOf("transfer"));
  const read = { address: token, abi: tokenAbi, functionName: "balanceOf", args: [RECIPIENT] } as const;
  expect(await client.readContract(read)).toBe(countOf("token"));
  const blocks = await client.getBlockNumber();
  console.info(`crash: ${load.sent.size} transactions sent, ${mined.length} mined in ${blocks} blocks`);
});
