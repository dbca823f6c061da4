import type { Hex } from "@trellis/base";
import type { SessionStore } from "@trellis/platform/auth";
import type { LiveSettings } from "@trellis/platform/config";
import type { Database } from "@trellis/platform/db";
import { createHealth, type Health, openServicePort, type ServicePort } from "@trellis/platform/http";
import type { Notifier } from "@trellis/platform/notify";
import {
  addOperations,
  openDatabaseCost,
  openTls,
  repeat,
  type ServiceCosts,
  type ServiceIo,
  watchDatabase,
} from "@trellis/platform/service";
import { hostsOf, namesOf } from "@trellis/platform/service/settings";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import type { FastifyInstance } from "fastify";
import {
  type ArbitrageApiPorts,
  createArbitrageApi,
  createBlockEvents,
  createTokenReader,
  marketPrices,
  readWallets,
} from "../api/index.ts";
import { type BlockReport, type EngineOptions, worthOfAsset } from "../engine/index.ts";
import { type ArbitrageLedger, bookTransfers, type TimeRange } from "../ledger/index.ts";
import { createTradingWatch } from "../monitoring/index.ts";
import { arbitrageErrors } from "./errors.ts";
import { finalityRule } from "./finalityRule.ts";
import { followWallet } from "./followWallet.ts";
import { isArbitrageurThere } from "./isArbitrageurThere.ts";
import { openArbitrageAccess, openArbitrageStores } from "./openArbitrageAccess.ts";
import { engineOptions, type Market, openMarket } from "./openMarket.ts";
import { openNews } from "./openNews.ts";
import { openTrading, type Trading } from "./openTrading.ts";
import { openTradingNotifier } from "./openTradingNotifier.ts";
import { openWallets } from "./openWallet.ts";
import { type RecordedMarket, recordedMarket } from "./recordedMarket.ts";
import { type RunningEngine, runEngine } from "./runEngine.ts";
import {
  type ArbitrageServiceSettings,
  type RuntimeArbitrageSettings,
  runtimeArbitrageDefinition,
} from "./settings/index.ts";
import { watchSigner } from "./watchSigner.ts";
import { watchTrading } from "./watchTrading.ts";

export interface OpenedArbitrage {
  readonly port: ServicePort;
  readonly adminKey: string | undefined;
  readonly options: EngineOptions;
  readonly isLive: boolean;
}

const SWEEP_MS = 3_600_000;

export interface ArbitragePorts {
  readonly live?: LiveSettings<ArbitrageServiceSettings>;
  readonly database?: Database | undefined;
  /** Session store of another service at the same origin, to accept its cookies. */
  readonly sessionStore?: SessionStore | undefined;
  readonly addPages: (server: FastifyInstance) => Promise<void>;
}

export async function openArbitrage(
  settings: ArbitrageServiceSettings,
  { live, database: shared, sessionStore, addPages }: ArbitragePorts,
  io: ServiceIo,
): Promise<OpenedArbitrage> {
  const { lifecycle, log, metrics } = io;
  const wallets = await openWallets(settings, io, live);
  const wallet = await wallets?.current(settings);
  const market = await openMarket(settings, { metrics, io });
  const options = await findEngineOptions(settings, { executor: wallet?.calls.address, market }, io);
  const recorded = await openRecorder(settings, market, options, io);
  const stores = await openArbitrageStores(settings, shared, io);
  const { database } = stores;
  const trading = await openTrading(
    stores,
    settings,
    { wallets, wallet, options, market: recorded?.market ?? market },
    io,
  );
  if (wallets !== undefined && live !== undefined) followWallet({ wallets, trading, market }, live, io);
  recorded?.follow(trading.engine);
  const accessPorts = { live, sessionStore, change: trading.change };
  const access = await openArbitrageAccess(stores, settings, accessPorts, io);
  if (live !== undefined) trading.followScreening(live);
  const news = await openNews(stores, io);
  const notifier = await openTradingNotifier(stores, settings, io);
  const charged = { ...stores, ...trading, live, notifier, countsCpu: shared === undefined };
  const { meter: usage, costs } = await openArbitrageCost(settings, charged, io);
  const http = { ...access.http, usage };
  const apiPorts = apiPortsOf(settings, { market, trading, access: { ...access, http }, news, costs });
  const api = createArbitrageApi(apiPorts, { corsOrigins: settings.corsOrigins });
  const health = createHealth(lifecycle);
  const watch = await lifecycle.start(
    "database watch",
    () => watchDatabase(database, { clock: systemClock, scheduler: systemScheduler }),
    (watching) => watching.stop(),
  );
  health.addCheck("database", watch.check);
  const running = await startEngine({ trading, access, news, apiPorts, poll: settings.poll }, io);
  health.addCheck("engine", running.check);
  if (wallet?.signer !== undefined) await startSignerWatch(trading, health, io);
  await startTradingWatch(settings, trading, notifier, io);
  const tls = await openTls(settings, { names: namesOf(settings), live }, io);
  const port = await lifecycle.start(
    "port",
    () =>
      openServicePort(
        { ...settings, hosts: hostsOf(settings) },
        {
          log: log.child("http"),
          metrics,
          health,
          tracing: io.tracing,
          guard: access.limits.door,
          tls,
          async addRoutes(server) {
            access.authentication.addRoutes(server);
            await api.addRoutes(server);
            const { audit, runtimeSettings, limits, keys } = access;
            const operated = { service: "arbitrage", prefix: "/v1", health, http, audit: audit.log };
            await addOperations(server, { ...operated, runtimeSettings, guard: limits.guard, keys }, io);
            await addPages(server);
          },
        },
      ),
    (opened) => opened.close(),
  );
  return { port, adminKey: access.adminKey, options, isLive: trading.engine.status().isLive };
}

function openArbitrageCost(
  settings: ArbitrageServiceSettings,
  {
    ledger,
    ...ports
  }: Omit<Parameters<typeof openDatabaseCost>[1], "service" | "gasWei"> & {
    readonly ledger: ArbitrageLedger;
  },
  io: ServiceIo,
): Promise<ServiceCosts> {
  const gasWei = (fromMs: number, toMs: number) => gasBetween(ledger, { fromMs, toMs });
  return openDatabaseCost(settings, { ...ports, service: "arbitrage", gasWei }, io);
}

/** Booked gas is zero or negative. */
async function gasBetween(ledger: ArbitrageLedger, time: TimeRange): Promise<bigint> {
  const results = await ledger.results(time);
  return results.reduce((sum, { gas }) => sum - gas, 0n);
}

async function findEngineOptions(
  settings: ArbitrageServiceSettings,
  { executor, market }: { readonly executor: Hex | undefined; readonly market: Market },
  { log }: ServiceIo,
): Promise<EngineOptions> {
  const planned = engineOptions(settings, executor);
  const isSimulated = await isArbitrageurThere(planned, market);
  const { arbitrageur, executor: wallet } = planned;
  if (settings.live && !isSimulated) throw arbitrageErrors.ARBITRAGE_NOT_DEPLOYED({ arbitrageur, wallet });
  if (!isSimulated)
    log.warn("arbitrageur.missing", {
      message: "No Arbitrageur contract accepts orders from the wallet. Paper trades are not simulated.",
    });
  return { ...planned, isSimulated };
}

async function startSignerWatch(
  trading: Trading,
  health: Health,
  { lifecycle, log }: ServiceIo,
): Promise<void> {
  await lifecycle.start(
    "signer watch",
    () =>
      watchSigner(() => trading.wallet().signer, { scheduler: systemScheduler, log: log.child("signer") }),
    (watching) => watching.stop(),
  );
  health.addCheck("signer", () => trading.wallet().signer?.failure());
}

async function startTradingWatch(
  settings: ArbitrageServiceSettings,
  { engine, risk, killSwitch, rules, options, wallet }: Trading,
  notifier: Notifier | undefined,
  io: ServiceIo,
): Promise<void> {
  const { lifecycle, metrics } = io;
  const log = io.log.child("trading");
  const watch = createTradingWatch(() => `chain ${settings.chain}, wallet ${options().executor}`, {
    risk,
    killSwitch,
    limits: () => rules().limits,
    engine: () => engine.status(),
    signerFailure: () => wallet().signer?.failure(),
    notify: notifier && ((notification) => notifier.notify(notification)),
    clock: systemClock,
    log,
    metrics,
  });
  await lifecycle.start(
    "trading watch",
    () => watchTrading(watch, { scheduler: systemScheduler, log }),
    (watching) => watching.stop(),
  );
}

async function startEngine(
  {
    trading,
    access,
    news,
    apiPorts,
    poll,
  }: Omit<ArbitrageComponents, "market" | "costs"> & {
    readonly apiPorts: ArbitrageApiPorts;
    readonly poll: number;
  },
  { lifecycle, log }: ServiceIo,
): Promise<RunningEngine> {
  await lifecycle.start(
    "sweep",
    () =>
      repeat(systemScheduler, SWEEP_MS, () => {
        Promise.all([access.sweep(), news.sweep()]).catch((error: unknown) =>
          log.warn("sweep.failed", { reason: String(error), message: "Old rows stay until the next sweep." }),
        );
      }),
    (sweeping) => sweeping.stop(),
  );
  const newsOf = createBlockEvents({ ...apiPorts, ledger: trading.ledger });
  const tell = async (report: BlockReport): Promise<void> => news.announce(await newsOf(report));
  const ports = { scheduler: systemScheduler, log: log.child("engine"), tell };
  return lifecycle.start(
    "engine",
    () => runEngine(trading.engine, poll, ports),
    (engaged) => engaged.stop(),
  );
}

interface ArbitrageComponents {
  readonly market: Market;
  readonly trading: Trading;
  readonly access: Awaited<ReturnType<typeof openArbitrageAccess>>;
  readonly news: Awaited<ReturnType<typeof openNews>>;
  readonly costs: ServiceCosts["costs"];
}

function apiPortsOf(
  settings: Pick<ArbitrageServiceSettings, "relays" | "confirmations">,
  { market, trading, access, news, costs }: ArbitrageComponents,
): ArbitrageApiPorts {
  const { engine, risk, ledger, killSwitch, rules, options, wallet } = trading;
  const { chainId, prices } = options();
  const { apiKeys, sessions, audit, http, runtimeSettings } = access;
  return {
    chainId,
    accounts: options,
    apiKeys,
    sessions,
    audit,
    costs,
    http,
    relays: settings.relays.map(({ name }) => name),
    engine,
    ledger,
    risk,
    killSwitch,
    limits: () => rules().limits,
    bookTransfers: (hashes) =>
      bookTransfers(
        hashes,
        { chainId, wallet: options().executor, rule: finalityRule(settings) },
        {
          ledger,
          slots: wallet().live?.slots,
          client: market.client,
          transactions: market.transactions,
          clock: systemClock,
          worthOf: (asset, amount) => worthOfAsset(prices, asset, amount),
        },
      ),
    prices: () => marketPrices(engine.watch()?.graph, prices),
    wallets: () =>
      readWallets(
        {
          ...options(),
          tokens: [...prices.keys()],
          block: engine.status().head,
          liveDayMaxWei: engine.status().isLive ? rules().liveDayWeiMax : undefined,
        },
        { client: market.client, slots: wallet().live?.slots },
      ),
    token: createTokenReader(market.client),
    config: {
      keys: runtimeSettings.keys,
      current: () => runtimeSettings.current(),
      version: () => runtimeSettings.version(),
      changed: () => runtimeSettings.changed(),
      change: (change) => runtimeSettings.change(change),
      history: (key, before, limit) => runtimeSettings.history(key, before, limit),
      about(key) {
        const { summary, value: unit } =
          runtimeArbitrageDefinition.settings[key as keyof RuntimeArbitrageSettings];
        return { summary, unit };
      },
    },
    announce: news.announce,
    events: news.stream,
  };
}

async function openRecorder(
  { recordDir }: ArbitrageServiceSettings,
  market: Market,
  options: EngineOptions,
  { lifecycle, log }: ServiceIo,
): Promise<RecordedMarket | undefined> {
  if (recordDir === "") return undefined;
  const ports = { clock: systemClock, log: log.child("recorder") };
  const recorded = await lifecycle.start(
    "recorder",
    () => recordedMarket(recordDir, market, options, ports),
    (opened) => opened.close(),
  );
  log.info("recording.started", { path: recorded.path });
  return recorded;
}
