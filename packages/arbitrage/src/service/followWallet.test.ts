import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytesToHex, type Hex, silentLog } from "@trellis/base";
import { createLocalSigner } from "@trellis/crypto";
import { captureIo } from "@trellis/kit/captureIo";
import type { Prepare } from "@trellis/platform/config";
import { afterEach, beforeEach, expect, it } from "vitest";
import { OPTIONS } from "../engine/testing/openEngineBench.ts";
import type { SignerClient } from "../signer/index.ts";
import { followWallet } from "./followWallet.ts";
import { openWallets, type Wallet } from "./openWallet.ts";
import type { ArbitrageServiceSettings } from "./settings/index.ts";

const NEXT: Hex = `0x${"e1".repeat(20)}`;
const word = (bit: number): Hex => `0x${String(bit).padStart(64, "0")}`;
const settings = { owner: OPTIONS.owner } as ArbitrageServiceSettings;

function openBench() {
  const bench = {
    wallet: NEXT as Hex,
    isAllowed: true,
    isReachable: true,
    closed: 0,
    changed: [] as Hex[],
    kept: [] as unknown[],
    reload: async (_latest: ArbitrageServiceSettings): Promise<void> => undefined,
  };
  const walletOf = (address: Hex): Wallet => {
    const signer = {
      address,
      async check() {
        if (!bench.isReachable) throw new Error("away");
      },
      close: () => {
        bench.closed += 1;
      },
    } as SignerClient;
    return { calls: signer, signer };
  };
  const client = {
    block: async () => ({ hash: word(1) }),
    code: async () => "0x01",
    call: async () => word(bench.isAllowed ? 1 : 0),
  } as never;
  followWallet(
    {
      wallets: { current: async () => walletOf(bench.wallet), former: async (address) => walletOf(address) },
      trading: {
        options: () => OPTIONS,
        nextWallet: () => bench.changed.at(-1) ?? OPTIONS.executor,
        prepareWallet:
          async ({ calls }) =>
          () =>
            void bench.changed.push(calls.address),
      },
      market: { client },
    },
    {
      onReload(prepare: Prepare<ArbitrageServiceSettings>) {
        bench.reload = async (latest) => (await prepare(latest, "signal"))();
        return () => undefined;
      },
    },
    { log: { ...silentLog, error: (_event: string, facts: object) => void bench.kept.push(facts) } as never },
  );
  return bench;
}

it("ARB-41: another wallet that the Arbitrageur allows takes over", async () => {
  const bench = openBench();
  await bench.reload(settings);
  expect(bench).toMatchObject({ changed: [NEXT], kept: [], closed: 0 });
  await bench.reload(settings);
  expect(bench).toMatchObject({ changed: [NEXT], kept: [], closed: 1 });
});

it("ARB-41: the former wallet again, before the engine takes the other one, withdraws the change", async () => {
  const bench = openBench();
  await bench.reload(settings);
  bench.wallet = OPTIONS.executor;
  await bench.reload(settings);
  expect(bench).toMatchObject({ changed: [NEXT, OPTIONS.executor], kept: [], closed: 0 });
});

it.each([
  ["the Arbitrageur does not allow it", { isAllowed: false }, settings, "ARBITRAGE_NOT_DEPLOYED"],
  ["the signer does not have its key", { isReachable: false }, settings, undefined],
  ["the owner is the wallet", {}, { ...settings, owner: "" }, "CONFIG_INVALID_VALUE"],
])("ARB-41: the wallet stays, with the reason in the log: %s", async (_, state, latest, code) => {
  const bench = Object.assign(openBench(), state);
  await bench.reload(latest);
  expect(bench).toMatchObject({ changed: [], closed: 1 });
  expect(bench.kept).toMatchObject([{ wallet: OPTIONS.executor, error: code === undefined ? {} : { code } }]);
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "trellis-wallet-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

it("ARB-41: a devnet's engine reads its key again, and cannot sign for the former wallet", async () => {
  const file = join(folder, "key");
  const write = (byte: number): Hex => {
    const key = new Uint8Array(32).fill(byte);
    writeFileSync(file, Buffer.from(key).toString("hex"), { mode: 0o600 });
    return bytesToHex(createLocalSigner(key).address);
  };
  const own = { live: true, signer: "", chain: 31_337, walletKeyFrom: `file:${file}` };
  const flags = { ...settings, ...own } as ArbitrageServiceSettings;
  const former = write(1);
  const wallets = (await openWallets(flags, captureIo().io))!;
  expect((await wallets.current(flags)).calls.address).toBe(former);
  const next = write(2);
  expect((await wallets.current(flags)).calls.address).toBe(next);
  const { calls } = await wallets.former(former);
  const call = { chainId: 31_337, to: former, data: "0x", valueWei: 0n, nonce: 0 } as const;
  await expect(
    calls.signCall({ ...call, gasLimit: 21_000n, maxFeeWei: 1n, maxTipWei: 1n }),
  ).rejects.toMatchObject({ code: "SIGNER_REFUSED", facts: { rule: "wallet", wallet: former } });
});
