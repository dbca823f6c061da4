import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { bytesToHex } from "@trellis/base";
import { platformErrors } from "@trellis/platform";
import { formatApiKey } from "@trellis/platform/auth";
import type { ServiceIo } from "@trellis/platform/service";
import { systemRandom } from "@trellis/platform/system";
import { DemoProcess, type DemoProcessOptions } from "./DemoProcess.ts";
import { ANCHOR_KEY, CUSTODIAN_NAME, SHOWN_CUSTOMER } from "./demoCustodian.ts";
import { CONFIRMATIONS, demoPlan, demoPrices } from "./demoPlan.ts";
import {
  ADMIN_KEY_FILE,
  type DemoServices,
  MARKET_SETTINGS_FILE,
  type MarketMode,
  RPC_FILE,
  WALLET_KEY_FILE,
} from "./demoServices.ts";
import { WALLET_KEY } from "./market/demoMarket.ts";
import { marketSettings } from "./market/marketSettings.ts";
import type { SeedData, SeedMessage } from "./seedWorker.ts";

interface DemoOptions {
  /** Undefined: a temporary directory. */
  readonly dataDir: string | undefined;
  readonly rpc: string;
  readonly chainId: number;
  readonly hasReserves: boolean;
  readonly market: MarketMode;
  readonly tradeTime: number;
  readonly operations: readonly string[];
}

interface DemoKeys {
  readonly adminKey: string;
  readonly customerKey: string;
  readonly customer: string;
}

export interface Demo {
  readonly parts: readonly ("reserves" | "arbitrage")[];
  readonly url: () => string | undefined;
  readonly arbitrageUrl: () => string | undefined;
  readonly failure: () => string | undefined;
  /** The customer's key is undefined until `ready` resolves. */
  readonly keyOf: (as: "admin" | "customer") => string | undefined;
  readonly adminKey: string;
  readonly settingsFile: string;
  readonly isLive: () => boolean;
  /**
   * Resolves when the database is open and the custodian's API is up; then seeding starts. Undefined without
   * a custodian.
   * @throws SERVICE_FAILED
   */
  ready(): Promise<DemoKeys | undefined>;
}

const KEYS_FILE = "demo-keys.json";
const SERVICES_FILE = "services.json";

export async function beginDemo(
  options: DemoOptions,
  run: Omit<DemoProcessOptions, "args">,
  io: ServiceIo,
): Promise<Demo> {
  const { rpc, chainId, hasReserves, market, operations } = options;
  const folder = await openFolder(options, io);
  const hadDatabase = existsSync(join(folder, "db"));
  const adminKey = readFileSync(join(folder, ADMIN_KEY_FILE), "utf8");
  const seed = await openSeed(io);
  const services = new DemoProcess(
    { ...run, args: [`--services=${join(folder, SERVICES_FILE)}`, ...operations] },
    { environment: io.environment, log: io.log, seed: (url) => seed({ url, adminKey, rpc, chainId }) },
  );
  const started = await io.lifecycle.start(
    "demo services",
    () => ({ ready: services.begin() }),
    () => services.stop(),
  );
  started.ready.catch(() => {});
  let keys: DemoKeys | undefined;
  let isLive = market === "live";
  return {
    parts: [
      ...(hasReserves ? (["reserves"] as const) : []),
      ...(market === "paper" || market === "live" ? (["arbitrage"] as const) : []),
    ],
    url: () => services.url,
    arbitrageUrl: () => services.arbitrageUrl,
    failure: () => services.failure,
    keyOf: (as) => (as === "admin" ? adminKey : keys?.customerKey),
    adminKey,
    settingsFile: join(folder, MARKET_SETTINGS_FILE),
    isLive: () => isLive,
    async ready() {
      if (!hasReserves && !hadDatabase) return undefined;
      const ready = await started.ready;
      isLive = ready.isLive;
      if (!hasReserves) return undefined;
      if (ready.url === null)
        throw platformErrors.SERVICE_FAILED({
          phase: "start",
          service: "demo custodian",
          reason: "it has no custodian",
        });
      keys = await keysOf(folder, ready.url, adminKey);
      services.serve(ready.url);
      return keys;
    },
  };
}

export function forgetDemo(dataDir: string): void {
  if (existsSync(join(dataDir, SERVICES_FILE))) rmSync(dataDir, { recursive: true });
}

function openFolder(options: DemoOptions, { lifecycle }: ServiceIo): Promise<string> {
  return lifecycle.start(
    "demo folder",
    () => folderOf(options),
    (folder) => {
      if (options.dataDir === undefined) rmSync(folder, { recursive: true, force: true });
    },
  );
}

/** Rewrites the settings: the devnet's address may change at each start. */
function folderOf({ dataDir, rpc, chainId, hasReserves, market, tradeTime }: DemoOptions): string {
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), "trellis-demo-"));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 });
  const from = (name: string): string => `file:${join(folder, name)}`;
  const services: DemoServices = {
    dataDir: folder,
    ...(hasReserves ? { reserves: reservesFlags(folder, chainId) } : {}),
    ...(market === "off" ? {} : { market: { mode: market, tradeTime, rpc, chainId } }),
  };
  const places = {
    chainId,
    rpcFrom: from(RPC_FILE),
    dataDir: folder,
    walletKeyFrom: from(WALLET_KEY_FILE),
    adminKeyFrom: from(ADMIN_KEY_FILE),
  };
  write(SERVICES_FILE, JSON.stringify(services));
  write("plan.json", JSON.stringify(demoPlan(chainId, rpc)));
  write("prices.json", JSON.stringify(demoPrices()));
  write(RPC_FILE, rpc);
  write("anchor-key", bytesToHex(ANCHOR_KEY));
  write(WALLET_KEY_FILE, bytesToHex(WALLET_KEY));
  write(MARKET_SETTINGS_FILE, JSON.stringify({ arbitrage: marketSettings(places) }, undefined, 2));
  if (!existsSync(join(folder, ADMIN_KEY_FILE))) write(ADMIN_KEY_FILE, newAdminKey());
  return folder;
}

function newAdminKey(): string {
  const text = (count: number): string => Buffer.from(systemRandom.bytes(count)).toString("base64url");
  return formatApiKey({ id: text(12), secret: text(32) });
}

function reservesFlags(folder: string, chainId: number): readonly string[] {
  const flags = {
    custodian: CUSTODIAN_NAME,
    "data-dir": folder,
    port: 0,
    chains: join(folder, "plan.json"),
    "admin-key-from": `file:${join(folder, ADMIN_KEY_FILE)}`,
    "anchor-rpc-from": `file:${join(folder, RPC_FILE)}`,
    "anchor-chain": chainId,
    "anchor-key-from": `file:${join(folder, "anchor-key")}`,
    "anchor-confirmations": CONFIRMATIONS,
    "allow-private-webhooks": "true",
    "log-level": "warn",
  };
  return Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
}

/** The customer's key is shown only once. */
async function keysOf(folder: string, url: string, adminKey: string): Promise<DemoKeys> {
  const file = join(folder, KEYS_FILE);
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as DemoKeys;
  const { ServiceClient } = await import("@trellis/reserves/service/client");
  const { text } = await new ServiceClient(url, adminKey).post<{ text: string }>("/v1/api-keys", {
    name: SHOWN_CUSTOMER,
    role: "customer",
    customerId: SHOWN_CUSTOMER,
    scopes: ["customers:read", "ledger:read", "proofs:read", "events:read"],
  });
  const keys: DemoKeys = { adminKey, customerKey: text, customer: SHOWN_CUSTOMER };
  writeFileSync(file, JSON.stringify(keys), { mode: 0o600 });
  return keys;
}

/** Seeds in a worker thread, to delay no blocks. Stops an earlier worker, whose URL is outdated. */
async function openSeed({ lifecycle, log }: ServiceIo): Promise<(data: SeedData) => void> {
  const demoLog = log.child("demo");
  let worker: Worker | undefined;
  await lifecycle.start(
    "demo seed",
    () => {},
    async () => void (await worker?.terminate()),
  );
  return (data) => {
    void worker?.terminate();
    worker = new Worker(new URL("./seedWorker.ts", import.meta.url), { workerData: data });
    worker.on("message", (message: SeedMessage) => {
      if (message.kind === "done")
        demoLog.info("custodian.seeded", { message: "The demo custodian is attested and anchored." });
      else demoLog.warn("custodian.seedDelayed", { reason: message.reason });
    });
    worker.on("error", (error) => demoLog.error("custodian.seedFailed", { reason: String(error) }));
    worker.unref();
  };
}
