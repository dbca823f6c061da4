import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex, type Hex, isTrellisError } from "@trellis/base";
import { followFinality, type TrustedFinality } from "@trellis/client/light";
import {
  blsKeystoreToJson,
  blsPublicKey,
  blsSecretFromSeed,
  encryptBlsKeystore,
  sha256,
} from "@trellis/crypto";
import { systemRandom } from "@trellis/platform/system";
import { parseEther } from "viem";
import { afterAll, beforeAll, expect, it } from "vitest";
import { accountOf, privateKeyOf } from "./chain.ts";
import { publicClientOf, rpcCall, walletOf } from "./clients.ts";
import { eventually } from "./eventually.ts";
import { freshAddress } from "./freshAddress.ts";
import { type Devnet, runTrellis, startNode } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";
import { think } from "./think.ts";

const FIRST = blsSecretFromSeed(sha256(new TextEncoder().encode("Trellis development validator 0")));
const PASSWORD = "p";
const WAIT_MS = 180_000;

let directory: TemporaryDirectory;
let node: Devnet;
const place = (...names: string[]) => join(directory.path, ...names);
const secret = (name: string, text: string): string => {
  writeFileSync(place(name), text, { mode: 0o600 });
  return `file:${place(name)}`;
};

function start(): Promise<Devnet> {
  return startNode({
    dataDir: place("node"),
    args: [
      ...["--network", "local", "--validators", "1", "--listen", "127.0.0.1:0", "--mdns=false"],
      ...["--validator-dir", place("validator"), "--validator-password-from", secret("password", PASSWORD)],
      ...["--miner", `0x${"0c".repeat(20)}`, "--block-time", "500"],
    ],
  });
}

beforeAll(async () => {
  directory = await temporaryDirectory();
  mkdirSync(place("validator"));
  const keystore = await encryptBlsKeystore(FIRST, PASSWORD, systemRandom, { n: 2, r: 1, p: 1 });
  writeFileSync(place("validator", "key.json"), blsKeystoreToJson(keystore));
  writeFileSync(place("validator", "unused"), "");
  node = await start();
});
afterAll(async () => {
  await node?.kill();
  await directory?.remove();
});

interface Finality {
  readonly epoch: number;
  readonly signing: string;
  readonly finalized: { readonly height: number };
  readonly validators: readonly { readonly publicKey: Hex; readonly missed: number }[];
}
const finality = async () => (await rpcCall(node.rpcUrl, "trellis_getFinality", [])).result as Finality;

async function rotate(): Promise<{ readonly publicKey: Hex; readonly directory: string }> {
  const { exitCode, stdout, stderr } = await runTrellis([
    ...["validator", "rotate", "--rpc", node.rpcUrl, "--validator-dir", place("validator"), "--json"],
    ...["--password-from", secret("password", PASSWORD)],
    ...["--account-key-from", secret("account", privateKeyOf(0))],
  ]);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout);
}

async function untilFinal(more: number): Promise<void> {
  const { finalized } = await finality();
  await eventually(async () => (await finality()).finalized.height >= finalized.height + more, WAIT_MS);
}

async function verifyFromGenesis(): Promise<void> {
  const { hash } = await publicClientOf(node.rpcUrl).getBlock({ blockNumber: 0n });
  const trusted: TrustedFinality = {
    chainId: 31_337n,
    genesisHash: hash,
    votedBy: undefined,
    checkpoint: { height: 0, hash, number: 0, timestampMs: Date.now() },
    voters: {
      epoch: 0,
      members: [{ publicKey: bytesToHex(blsPublicKey(FIRST)), power: parseEther("1000") }],
    },
  };
  const request = async (method: string, params: readonly unknown[]) =>
    (await rpcCall(node.rpcUrl, method, [...params])).result;
  const rules = { trustPeriodMs: 3_600_000, nowMs: Date.now() };
  const provenKey = async (): Promise<Hex | undefined> => {
    try {
      const { voters } = await followFinality({ name: "node", request }, trusted, rules);
      return voters.members[0]!.publicKey;
    } catch (error) {
      // A new epoch's validator set has no certificate yet.
      if (isTrellisError(error, "LIGHT_EPOCH_SKIPPED")) return undefined;
      throw error;
    }
  };
  await eventually(async () => (await provenKey()) === (await finality()).validators[0]!.publicKey, WAIT_MS);
}

it("FINAL-27, KEY-14: a validator's key is rotated under load without a failed request, and old certificates verify", async () => {
  await untilFinal(2);
  let isLoading = true;
  let count = 0;
  const [reader, wallet] = [publicClientOf(node.rpcUrl), walletOf(node.rpcUrl, accountOf(1))];
  const reads = (async () => {
    for (; isLoading; count += 1) {
      await reader.getBlock({ blockTag: "finalized" });
      await think();
    }
  })();
  const payments = (async () => {
    while (isLoading) {
      const hash = await wallet.sendTransaction({ to: freshAddress(), value: 1n, gas: 21_000n });
      const { status } = await reader.waitForTransactionReceipt({ hash, timeout: WAIT_MS });
      expect(status).toBe("success");
    }
  })();
  const next = await rotate();
  expect(next.directory).toBe(place("validator", "2"));
  process.kill(node.pid, "SIGHUP");
  await eventually(async () => (await finality()).validators[0]!.publicKey === next.publicKey, WAIT_MS);
  await untilFinal(5);
  isLoading = false;
  await Promise.all([reads, payments]);
  expect(count).toBeGreaterThan(20);
  expect((await finality()).validators[0]!.missed).toBe(0);
  await verifyFromGenesis();

  // A node that dies before the reload uses the new key after its restart.
  const third = await rotate();
  await node.kill();
  node = await start();
  await eventually(async () => (await finality()).validators[0]?.publicKey === third.publicKey, WAIT_MS);
  await untilFinal(3);
  expect((await finality()).signing).toBe("signing");
  await verifyFromGenesis();
});
