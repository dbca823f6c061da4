import type { Hex } from "@trellis/base";
import { readSecret } from "@trellis/platform/secrets";
import { repeat, type ServiceIo } from "@trellis/platform/service";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import { createScreening } from "../compliance/index.ts";
import { type ArbitrageEngine, createEngine, type EngineOptions } from "../engine/index.ts";
import { type ArbitrageLedger, openLedger } from "../ledger/index.ts";
import { type KillSwitch, openKillFile, type Risk } from "../risk/index.ts";
import type { ArbitrageStores } from "./openArbitrageAccess.ts";
import { openCounterpartyCheck } from "./openCounterpartyCheck.ts";
import type { Market } from "./openMarket.ts";
import { type OpenedReference, openReference } from "./openReference.ts";
import { openScreeningList, type ScreeningList } from "./openScreeningList.ts";
import type { Wallet, WalletSource } from "./openWallet.ts";
import type { ArbitrageServiceSettings } from "./settings/index.ts";
import { type TradingRules, tradingRules } from "./tradingRules.ts";
import { type OpenedWallet, unsettledWallets, walletOpener } from "./walletOpener.ts";

interface TradingPorts {
  readonly wallets: WalletSource | undefined;
  readonly wallet: Wallet | undefined;
  readonly options: EngineOptions;
  readonly market: TradedMarket;
}

type TradedMarket = Pick<Market, "client" | "blockLogs" | "simulator">;

export interface Trading {
  readonly engine: ArbitrageEngine;
  readonly risk: Risk;
  readonly ledger: ArbitrageLedger;
  readonly killSwitch: KillSwitch;
  options(): EngineOptions;
  wallet(): OpenedWallet;
  rules(): TradingRules;
  /** Takes effect with the next block. */
  change(flags: ArbitrageServiceSettings): void;
  nextWallet(): Hex;
  /** Changes nothing until the returned function is called. */
  prepareWallet(next: Wallet): Promise<() => void>;
  followScreening(live: Parameters<ScreeningList["follow"]>[0]): void;
}

const FEED_POLL_MS = 10_000;

export async function openTrading(
  stores: Pick<ArbitrageStores, "database" | "atRest">,
  settings: ArbitrageServiceSettings,
  { wallets, wallet, options: first, market }: TradingPorts,
  io: ServiceIo,
): Promise<Trading> {
  const screened = await openScreeningList(settings, io.log.child("compliance"));
  const { database } = stores;
  let flags: ArbitrageServiceSettings = settings;
  let options = first;
  let nextWallet = first.executor;
  let rules = tradingRules(flags, options, screened.denied());
  const ledger = await openLedger(database);
  const killSwitch = killSwitchOf(settings);
  const limits = () => rules.limits;
  const open = await walletOpener(settings, { stores, market, limits, killSwitch }, io);
  let current = await open(options.executor, wallet);
  const screening = createScreening({
    lists: () => rules.lists,
    checks: await counterpartyChecks(settings, io),
    log: io.log.child("compliance"),
  });
  const { client } = market;
  const pricePorts = { client, clock: systemClock, log: io.log.child("prices"), io };
  const reference = await openReference(settings, options, pricePorts);
  if (reference !== undefined && settings.prices.feeds.length > 0) await startFeeds(reference, io);
  const engine = createEngine(options, {
    ...market,
    ...current,
    ledger,
    screening,
    reference,
    former: wallets && (await unsettledWallets(settings, current, { database, wallets, open })),
    clock: systemClock,
    random: systemRandom,
    log: io.log.child("engine"),
    metrics: io.metrics,
    tracing: io.tracing,
  });
  engine.change(rules.engine);
  const change = (latest: ArbitrageServiceSettings): void => {
    flags = latest;
    rules = tradingRules(flags, options, screened.denied());
    engine.change(rules.engine);
  };
  return {
    engine,
    risk: riskOf(() => current.risk),
    ledger,
    killSwitch,
    change,
    options: () => options,
    wallet: () => current,
    rules: () => rules,
    nextWallet: () => nextWallet,
    async prepareWallet(next) {
      const { address: executor } = next.calls;
      const opened = await open(executor, next);
      return () => {
        nextWallet = executor;
        engine.changeWallet(opened, () => {
          current = opened;
          options = { ...options, executor, isSimulated: true };
          change(flags);
        });
      };
    },
    followScreening: (settingsNow) => screened.follow(settingsNow, () => change(flags)),
  };
}

function killSwitchOf({ killFile }: ArbitrageServiceSettings): KillSwitch {
  return killFile === "" ? async () => undefined : openKillFile(killFile);
}

async function startFeeds(reference: OpenedReference, { lifecycle, log }: ServiceIo): Promise<void> {
  const refresh = (): void =>
    void reference
      .refresh()
      .catch((error: unknown) =>
        log.error("priceFeed.refreshFailed", { error: error instanceof Error ? error : String(error) }),
      );
  refresh();
  await lifecycle.start(
    "price feeds",
    () => repeat(systemScheduler, FEED_POLL_MS, refresh),
    (asking) => asking.stop(),
  );
}

async function counterpartyChecks(
  { screening: { counterpartyUrl: url, counterpartyKeyFrom } }: ArbitrageServiceSettings,
  io: ServiceIo,
) {
  if (url === "") return [];
  const token =
    counterpartyKeyFrom === ""
      ? undefined
      : (await readSecret(counterpartyKeyFrom, "Token of the counterparty check", io)).trim();
  return [openCounterpartyCheck({ url, token }, { metrics: io.metrics })];
}

function riskOf(current: () => Risk): Risk {
  return {
    admit: (request) => current().admit(request),
    assess: (request) => current().assess(request),
    place: (id, nonce) => current().place(id, nonce),
    settle: (id, settlement, isFinal) => current().settle(id, settlement, isFinal),
    inherit: (from) => current().inherit(from),
    kill: (by, reason) => current().kill(by, reason),
    revive: () => current().revive(),
    closeBreaker: () => current().closeBreaker(),
    state: () => current().state(),
  };
}
