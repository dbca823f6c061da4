import type { ArbitrageServiceSettings } from "@trellis/arbitrage/service/settings";
import { MARKET_PAIR_CODE_HASH } from "@trellis/contracts/market";
import { demoMarket, OWNER, WALLET } from "./demoMarket.ts";

interface MarketPlaces extends Pick<ArbitrageServiceSettings, "rpcFrom" | "walletKeyFrom" | "dataDir"> {
  readonly adminKeyFrom: string;
  readonly chainId: number;
}

const COIN_WEI = 10n ** 18n;
const coins = (count: bigint): string => String(count * COIN_WEI);
const PPM_OF_BASIS_POINT = 100n;

/** Limits are wide because the money has no value. */
export function marketSettings({ chainId, ...places }: MarketPlaces): object {
  const { factories, coin } = demoMarket();
  return {
    chain: chainId,
    ...places,
    port: 0,
    factories: factories.map(({ address, feeBasisPoints }) => ({
      kind: "uniswap-v2",
      address,
      initCodeHash: MARKET_PAIR_CODE_HASH,
      feePpm: Number(feeBasisPoints * PPM_OF_BASIS_POINT),
    })),
    profitTokens: [{ address: coin.address }],
    owner: OWNER,
    wallet: WALLET,
    poll: "2s",
    window: 16,
    limits: {
      // Gas is free here: without a threshold, the engine would trade ever smaller gaps.
      threshold: String(COIN_WEI / 20n),
      tradeMax: coins(1_000n),
      tokenDayMax: coins(10_000_000n),
      chainDayMax: coins(10_000_000n),
      gasDayMax: coins(100n),
      lossDayMax: coins(10n),
      failuresMax: 100,
    },
  };
}
