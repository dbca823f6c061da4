import { createSender } from "@trellis/client";
import type { Database } from "@trellis/platform/db";
import { readSecret } from "@trellis/platform/secrets";
import { repeat, type ServiceIo } from "@trellis/platform/service";
import { systemClock, systemRandom, systemScheduler } from "@trellis/platform/system";
import { createScreening } from "../compliance/index.ts";
import { type ArbitrageEngine, createEngine, type EngineOptions } from "../engine/index.ts";
import { type ArbitrageLedger, openLedger } from "../ledger/index.ts";
import { createRisk, type KillSwitch, openKillFile, openRiskStore, type Risk } from "../risk/index.ts";
import {
  createPublicRelay,
  type NonceSlotStore,
  openNonceSlotStore,
  Submitter,
} from "../submission/index.ts";
import { finalityRule } from "./finalityRule.ts";
import type { ArbitrageStores } from "./openArbitrageAccess.ts";
import { openCounterpartyCheck } from "./openCounterpartyCheck.ts";
import type { Market } from "./openMarket.ts";
import { openQueue } from "./openQueue.ts";
import { type OpenedReference, openReference } from "./openReference.ts";
import { openRelays } from "./openRelays.ts";
import { openScreeningList, type ScreeningList } from "./openScreeningList.ts";
import type { Wallet } from "./openWallet.ts";
import type { ArbitrageServiceSettings } from "./settings/index.ts";
import { type TradingRules, tradingRules } from "./tradingRules.ts";

interface TradingPorts {
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
  readonly slots: NonceSlotStore | undefined;
  rules(): TradingRules;
  /** Takes effect with the next block. */
  change(flags: ArbitrageServiceSettings): void;
  followScreening(live: Parameters<ScreeningList["follow"]>[0]): void;
}

const REPLACE_AFTER_MS = 15_000;
const IN_FLIGHT_MAX = 4;
const FEED_POLL_MS = 10_000;

export async function openTrading(
  { database, atRest }: Pick<ArbitrageStores, "database" | "atRest">,
  settings: ArbitrageServiceSettings,
  { wallet, options, market }: TradingPorts,
  io: ServiceIo,
): Promise<Trading> {
  const screened = await openScreeningList(settings, io.log.child("compliance"));
  let flags: ArbitrageServiceSettings = settings;
  let rules = tradingRules(flags, options, screened.denied());
  const ledger = await openLedger(database);
  const killSwitch: KillSwitch =
    settings.killFile === "" ? async () => undefined : openKillFile(settings.killFile);
  const risk = createRisk({
    store: await openRiskStore({ database, atRest }, `${settings.chain}/${options.executor}`),
    clock: systemClock,
    killSwitch,
    limits: () => rules.limits,
  });
  const screening = createScreening({
    lists: () => rules.lists,
    checks: await counterpartyChecks(settings, io),
    log: io.log.child("compliance"),
  });
  const feeLimitWei = (): bigint => rules.limits.gasPriceWeiMax;
  const live = wallet && (await livePorts(database, settings, { wallet, market, feeLimitWei }, io));
  const reference = await openReference(settings, options, {
    client: market.client,
    clock: systemClock,
    log: io.log.child("prices"),
    io,
  });
  if (reference !== undefined && settings.prices.feeds.length > 0) await startFeeds(reference, io);
  const queue = await openQueue(database, settings, `${settings.chain}/${options.executor}`, io);
  const engine = createEngine(options, {
    ...market,
    ledger,
    risk,
    screening,
    live,
    reference,
    queue,
    clock: systemClock,
    random: systemRandom,
    log: io.log.child("engine"),
    metrics: io.metrics,
  });
  engine.change(rules.engine);
  const change = (latest: ArbitrageServiceSettings): void => {
    flags = latest;
    rules = tradingRules(flags, options, screened.denied());
    engine.change(rules.engine);
  };
  return {
    engine,
    risk,
    ledger,
    killSwitch,
    slots: live?.slots,
    change,
    rules: () => rules,
    followScreening: (settingsNow) => screened.follow(settingsNow, () => change(flags)),
  };
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

async function livePorts(
  database: Database,
  settings: ArbitrageServiceSettings,
  {
    wallet: { calls },
    market: { client },
    feeLimitWei,
  }: { readonly wallet: Wallet; readonly market: TradedMarket; readonly feeLimitWei: () => bigint },
  io: ServiceIo,
) {
  const { chain } = settings;
  const slots = await openNonceSlotStore(database, `${chain}/${calls.address}`);
  const sender = createSender({ chainId: chain, feeLimitWei }, { client, signer: calls });
  const submitter = new Submitter(
    {
      rule: finalityRule(settings),
      replaceAfterMs: REPLACE_AFTER_MS,
      inFlightMax: IN_FLIGHT_MAX,
    },
    {
      client,
      sender,
      relay: (await openRelays(settings, io)) ?? createPublicRelay(client),
      store: slots,
      clock: systemClock,
      log: io.log.child("submission"),
    },
  );
  return { submitter, slots };
}
