import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { accountOf } from "./chain.ts";
import { publicClientOf, rpcCall, walletOf } from "./clients.ts";
import { expectStopped } from "./expectStopped.ts";
import { type Devnet, runTrellis, startDevnet } from "./startDevnet.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./temporaryDirectory.ts";

const TO = `0x${"ab".repeat(20)}` as const;
const WAIT = { interval: 500 };

let directory: TemporaryDirectory;
let devnet: Devnet | undefined;
beforeEach(async () => {
  directory = await temporaryDirectory();
  writeFileSync(join(directory.path, "passphrase"), "only for this test", { mode: 0o600 });
});
afterEach(async () => {
  await devnet?.kill();
  await directory.remove();
});

const place = (name: string): string => join(directory.path, name);

async function backup(...operands: readonly string[]) {
  const repository = [
    "--repository",
    place("repository"),
    "--passphrase-from",
    `file:${place("passphrase")}`,
  ];
  const { exitCode, stdout, stderr } = await runTrellis(["backup", ...operands, ...repository, "--json"]);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout);
}

async function pay(value: bigint): Promise<void> {
  const hash = await walletOf(devnet!.rpcUrl, accountOf(0)).sendTransaction({ to: TO, value });
  await publicClientOf(devnet!.rpcUrl).waitForTransactionReceipt({ hash });
}

async function ask(path: string): Promise<unknown> {
  const headers = { authorization: `Bearer ${devnet!.ready.reserves!.adminKey}` };
  return (await fetch(`${devnet!.httpUrl}${path}`, { headers })).json();
}

interface Certificate {
  readonly height: number;
  readonly round: number;
  readonly value: string;
}

async function rpc<T>(method: string, ...params: unknown[]): Promise<T> {
  return (await rpcCall(devnet!.rpcUrl, method, params)).result as T;
}

async function finalHeight(): Promise<number> {
  const { finalized } = await rpc<{ readonly finalized: { readonly height: number } }>("trellis_getFinality");
  return finalized.height;
}

async function certificates(): Promise<Certificate[]> {
  const heights = Array.from({ length: await finalHeight() }, (_, index) => index + 1);
  return Promise.all(
    heights.map((height) => rpc<Certificate>("trellis_getCertificate", `0x${height.toString(16)}`)),
  );
}

/** Later entries of the log follow the clock. */
const FACTS = [
  "/v1/snapshots/1",
  "/v1/attestations",
  "/v1/log/entries?start=0&count=2",
  "/v1/customers/customer-0007/balances",
];

it("a running devnet with reserves and arbitrage comes back as of the time of its backup", async () => {
  const [live, restored] = [place("live"), place("restored")];
  devnet = await startDevnet({ dataDir: join(live, "devnet"), reserves: true, arbitrage: "paper" });
  await expect.poll(() => ask("/v1/snapshots/1"), WAIT).toMatchObject({ anchor: { chainId: 31_337 } });
  const isLogged = { items: [{ id: "1", logIndex: expect.any(Number) }] };
  await expect.poll(() => ask("/v1/attestations"), WAIT).toMatchObject(isLogged);
  await pay(5n);
  const facts = await Promise.all(FACTS.map(ask));
  await backup("init");
  const made = await backup("run", "--data-dir", live);
  expect(made.parts.map(({ kind }: { kind: string }) => kind)).toEqual(
    expect.arrayContaining(["pglite", "lmdb", "files", "wal"]),
  );
  await pay(1n);
  const atBackup = await finalHeight();
  await expect.poll(finalHeight, WAIT).toBeGreaterThan(atBackup + 2);
  const signed = await certificates();
  await devnet.kill();
  rmSync(live, { recursive: true });

  const { proofs, validators } = await backup("restore", "latest", restored, "--all-validators-lost");
  expect(proofs).toEqual(
    expect.arrayContaining([
      expect.stringContaining("state root 0x"),
      expect.stringMatching(/tables, .* rows, log of .* entries, root 0x/),
    ]),
  );
  expect(validators).toEqual([join(restored, "devnet", "votes")]);
  devnet = await startDevnet({ dataDir: join(restored, "devnet"), reserves: true, arbitrage: "paper" });
  expect(await publicClientOf(devnet.rpcUrl).getBalance({ address: TO })).toBe(5n);
  expect(await Promise.all(FACTS.map(ask))).toEqual(facts);
  await pay(2n);
  await expect.poll(finalHeight, WAIT).toBeGreaterThan(signed.length);
  const positions = new Map(signed.map(({ height, round, value }) => [`${height}/${round}`, value]));
  const resumed = await certificates();
  for (const { height, round, value } of resumed)
    expect(positions.get(`${height}/${round}`) ?? value).toBe(value);
  expect(resumed[signed.length - 1]!.value).not.toBe(signed.at(-1)!.value);
  expectStopped(await devnet.stop());
});
