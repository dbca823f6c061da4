import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openWallet } from "@trellis/arbitrage/service";
import {
  createSignerClient,
  parseSignerAddress,
  type SignerClient,
  signerConnector,
} from "@trellis/arbitrage/signer";
import type { Hex } from "@trellis/base";
import { arbitrageurAddress, encodeExecute } from "@trellis/contracts/arbitrage";
import { createLocalSigner, encryptKeystore, keystoreToJson } from "@trellis/crypto";
import { captureIo } from "@trellis/kit/captureIo";
import { loadSettings } from "@trellis/platform/config";
import { systemRandom } from "@trellis/platform/system";
import { afterEach, beforeEach, expect, it } from "vitest";
import { MAIN, type Running, spawnNode } from "../../cli/testing/spawnNode.ts";
import { type ArbitrageFlags, arbitrageDefinition } from "./settings.ts";

const KEY = new Uint8Array(32).fill(7);
const { address } = createLocalSigner(KEY);
const WALLET: Hex = `0x${Buffer.from(address).toString("hex")}`;
const hop = { kind: "swapV2", zeroForOne: true, feePpm: 3_000 } as const;
const pools = ["a1", "a2"].map((byte): Hex => `0x${byte.repeat(20)}`);
const route = {
  anchor: { number: 5, hash: undefined },
  windowBlocks: 1,
  deadlineSeconds: 100,
  profitMin: 1n,
  amountIn: 10n,
  hops: pools.map((pool) => ({ ...hop, pool, tokenIn: pool })),
};
const call = (nonce: number) => ({
  chainId: 31_337,
  to: arbitrageurAddress(WALLET),
  data: encodeExecute(route),
  valueWei: 0n,
  nonce,
  gasLimit: 300_000n,
  maxFeeWei: 1_000_000_000n,
  maxTipWei: 1n,
});

let cwd: string;
let running: Running[];
let client: SignerClient | undefined;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "trellis-signer-"));
  running = [];
  client = undefined;
});
afterEach(async () => {
  client?.close();
  for (const { child } of running) child.kill("SIGKILL");
  await Promise.all(running.map(({ ended }) => ended));
  rmSync(cwd, { recursive: true });
});

async function start(...more: readonly string[]): Promise<Running> {
  const args = ["--chain", "31337", "--data-dir", cwd, "--wallet-key-from", "file:wallet", "--json", ...more];
  const process = spawnNode(MAIN, ["arbitrage", "signer", ...args], { cwd });
  running.push(process);
  await process.printed('"ready"');
  return process;
}

function connect(): SignerClient {
  const held = [new Uint8Array(Buffer.from(readFileSync(join(cwd, "signer.secret"), "utf8").trim(), "hex"))];
  const connector = signerConnector(parseSignerAddress(`unix:${join(cwd, "signer.sock")}`), 30_000);
  client = createSignerClient(WALLET, () => held, connector);
  return client;
}

it("SIGN-6: trellis arbitrage signer remembers its signatures after a kill and signs the same again", async () => {
  const keystore = await encryptKeystore(KEY, "password", systemRandom, { n: 1_024, r: 8, p: 1 });
  writeFileSync(join(cwd, "wallet"), keystoreToJson(keystore), { mode: 0o600 });
  writeFileSync(join(cwd, "password"), "password", { mode: 0o600 });
  const limits = [
    "--wallet-password-from",
    "file:password",
    "--signer-limits",
    '{"dayMax":"600000000000000"}',
  ];
  const first = await start(...limits);
  const engine = connect();
  const signed = await engine.signCall(call(0));
  await engine.signCall(call(1));
  const refused = expect.objectContaining({
    code: "SIGNER_REFUSED",
    facts: expect.objectContaining({ rule: "day" }),
  });
  await expect(engine.signCall(call(2))).rejects.toEqual(refused);
  first.child.kill("SIGKILL");
  await first.ended;
  await expect(engine.signCall(call(2))).rejects.toMatchObject({ code: "SIGNER_UNREACHABLE" });
  expect(engine.failure()).toBe("SIGNER_UNREACHABLE");
  const second = await start(...limits);
  expect(await engine.signCall(call(0))).toEqual(signed);
  await expect(engine.signCall(call(2))).rejects.toEqual(refused);
  expect(engine.failure()).toBeUndefined();
  const audit = readFileSync(join(cwd, "signer-audit.jsonl"), "utf8");
  expect(audit.split("\n").filter((line) => line.includes('"rule":"day"'))).toHaveLength(2);
  expect(audit).not.toContain(Buffer.from(KEY).toString("hex"));
  second.child.kill("SIGTERM");
  expect(await second.ended).toMatchObject({ exitCode: 0 });
});

it("CONFIG_INVALID_VALUE: only a devnet's engine may hold a key", async () => {
  const { settings } = await loadSettings<ArbitrageFlags>(arbitrageDefinition, {
    argv: [],
    environment: {},
    defaultFile: join(cwd, "none"),
  });
  const flags = { ...settings, live: true, walletKeyFrom: "file:none" };
  const { io } = captureIo();
  await expect(openWallet({ ...flags, chain: 1 }, io)).rejects.toMatchObject({
    code: "CONFIG_INVALID_VALUE",
    facts: { setting: "walletKeyFrom", chain: 1 },
  });
  await expect(openWallet({ ...flags, chain: 31_337 }, io)).rejects.toMatchObject({
    code: "SECRET_UNREADABLE",
  });
  expect(await openWallet({ ...flags, live: false }, io)).toBeUndefined();
});
