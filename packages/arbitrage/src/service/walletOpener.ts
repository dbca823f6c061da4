import type { Hex } from "@trellis/base";
import { createSender } from "@trellis/client";
import type { ServiceIo } from "@trellis/platform/service";
import { systemClock } from "@trellis/platform/system";
import type { EngineWallet } from "../engine/index.ts";
import { createRisk, openRiskStore, type RiskPorts } from "../risk/index.ts";
import type { SignerClient } from "../signer/index.ts";
import { createPublicRelay, openNonceSlotStore, Submitter, walletsOfJournal } from "../submission/index.ts";
import { finalityRule } from "./finalityRule.ts";
import type { ArbitrageStores } from "./openArbitrageAccess.ts";
import type { Market } from "./openMarket.ts";
import { openQueues } from "./openQueues.ts";
import { openRelays } from "./openRelays.ts";
import { refusingWallet, type Wallet, type WalletSource } from "./openWallet.ts";
import type { ArbitrageServiceSettings } from "./settings/index.ts";

export interface OpenedWallet extends EngineWallet {
  readonly isNew: boolean;
  readonly signer: SignerClient | undefined;
}

export type OpenWallet = (executor: Hex, wallet: Wallet | undefined) => Promise<OpenedWallet>;

interface OpenerPorts extends Pick<RiskPorts, "limits" | "killSwitch"> {
  readonly stores: Pick<ArbitrageStores, "database" | "atRest">;
  readonly market: Pick<Market, "client">;
}

const REPLACE_AFTER_MS = 15_000;
const IN_FLIGHT_MAX = 4;

export async function walletOpener(
  settings: ArbitrageServiceSettings,
  { stores, market: { client }, limits, killSwitch }: OpenerPorts,
  io: ServiceIo,
): Promise<OpenWallet> {
  const { chain } = settings;
  const openQueue = await openQueues(stores.database, settings, io);
  const relay = (await openRelays(settings, io)) ?? createPublicRelay(client);
  const options = {
    rule: finalityRule(settings),
    replaceAfterMs: REPLACE_AFTER_MS,
    inFlightMax: IN_FLIGHT_MAX,
  };
  const feeLimitWei = (): bigint => limits().gasPriceWeiMax;

  async function openLive({ calls }: Wallet) {
    const slots = await openNonceSlotStore(stores.database, `${chain}/${calls.address}`);
    const sender = createSender({ chainId: chain, feeLimitWei }, { client, signer: calls });
    const log = io.log.child("submission");
    const ports = { client, sender, relay, store: slots, clock: systemClock, log };
    return { submitter: new Submitter(options, ports), slots };
  }

  return async (executor, wallet) => {
    const name = `${chain}/${executor}`;
    const signer = wallet?.signer;
    const store = await openRiskStore(stores, name);
    return {
      executor,
      signer,
      isNew: (await store.load()) === undefined,
      risk: createRisk({ store, clock: systemClock, killSwitch, limits }),
      queue: await openQueue(name),
      live: wallet && (await openLive(wallet)),
      ...(signer !== undefined && { close: () => signer.close() }),
    };
  };
}

/**
 * Wallets other than `present` with unsettled trades of an earlier process. A new wallet inherits the risk
 * state of all others. [ARB-41]
 */
export async function unsettledWallets(
  { chain }: Pick<ArbitrageServiceSettings, "chain">,
  present: Pick<OpenedWallet, "executor" | "isNew" | "risk">,
  {
    database,
    wallets,
    open,
  }: Pick<ArbitrageStores, "database"> & { readonly wallets: WalletSource; readonly open: OpenWallet },
): Promise<readonly OpenedWallet[]> {
  const unsettled: OpenedWallet[] = [];
  for (const name of await walletsOfJournal(database, chain)) {
    const address = name.slice(name.indexOf("/") + 1) as Hex;
    if (address === present.executor) continue;
    const other = await open(address, refusingWallet(address));
    if (present.isNew) await present.risk.inherit(await other.risk.state());
    if (await isAtWork(other)) unsettled.push(await open(address, await wallets.former(address)));
  }
  return unsettled;
}

async function isAtWork({ live, risk }: OpenedWallet): Promise<boolean> {
  if (live !== undefined && !(await live.submitter.isSettled())) return true;
  const { reserved, settled } = await risk.state();
  // Ignores expired trades, which stay until their nonce is used.
  return (
    [...reserved.values()].some(({ nonce }) => nonce !== undefined) ||
    [...settled.values()].some(({ settlement }) => settlement.outcome !== "expired")
  );
}
