import type { LiveSettings } from "@trellis/platform/config";
import type { ServiceIo } from "@trellis/platform/service";
import { arbitrageErrors } from "./errors.ts";
import { isArbitrageurThere } from "./isArbitrageurThere.ts";
import type { Market } from "./openMarket.ts";
import type { Trading } from "./openTrading.ts";
import type { WalletSource } from "./openWallet.ts";
import { requireOwner } from "./openWalletKey.ts";
import type { ArbitrageServiceSettings } from "./settings/index.ts";

interface FollowPorts {
  readonly wallets: WalletSource;
  readonly trading: Pick<Trading, "options" | "nextWallet" | "prepareWallet">;
  readonly market: Pick<Market, "client">;
}

/** SIGHUP reads the wallet again. If a new wallet cannot trade, the current one stays. [ARB-41] */
export function followWallet(
  ports: FollowPorts,
  live: Pick<LiveSettings<ArbitrageServiceSettings>, "onReload">,
  { log }: Pick<ServiceIo, "log">,
): void {
  live.onReload(async (latest) => {
    try {
      return await prepareWallet(latest, ports);
    } catch (error) {
      log.error("wallet.kept", {
        wallet: ports.trading.nextWallet(),
        error: error instanceof Error ? error : String(error),
      });
      return () => undefined;
    }
  }, "signal");
}

async function prepareWallet(
  latest: ArbitrageServiceSettings,
  { wallets, trading, market }: FollowPorts,
): Promise<() => void> {
  const accounts = trading.options();
  const next = await wallets.current(latest);
  const { address } = next.calls;
  if (address === trading.nextWallet()) {
    next.signer?.close();
    return () => undefined;
  }
  try {
    requireOwner(latest);
    await next.signer?.check();
    const isThere = await isArbitrageurThere({ ...accounts, executor: address }, market);
    const { arbitrageur } = accounts;
    if (!isThere) throw arbitrageErrors.ARBITRAGE_NOT_DEPLOYED({ arbitrageur, wallet: address });
    return await trading.prepareWallet(next);
  } catch (error) {
    next.signer?.close();
    throw error;
  }
}
