import type { Hex } from "@trellis/base";
import { pairAddressV2 } from "@trellis/contracts/arbitrage";
import { CONTRACTS, TOKENS, uniswapArtifact } from "@trellis/market";
import { PAIR_CODE_HASH } from "../arbitrageMarket.ts";
import type { DeployedPool } from "./deployVaultPool.ts";
import type { TradedMarket } from "./openTradedMarket.ts";
import { call, mint, placed } from "./placed.ts";
import { sendAll } from "./sendAll.ts";

const AMPLIFICATION = 100n;
const FEE = 4_000_000n;
const ADMIN_FEE = 5_000_000_000n;

export interface DeployedCurvePool extends DeployedPool {
  readonly pair: Hex;
}

export async function deployCurvePool(
  { client, trader, market: { base, factories } }: TradedMarket,
  depth: bigint,
): Promise<DeployedCurvePool> {
  const { PlainToken } = TOKENS;
  const { abi, bytecode } = CONTRACTS.StableSwapPool;
  const token = placed(PlainToken.abi, PlainToken.bytecode, [], 10);
  const curve = placed(abi, bytecode, [[base, token.address], AMPLIFICATION, FEE, ADMIN_FEE]);
  const [factory] = factories as readonly [Hex];
  const pair = pairAddressV2(factory, PAIR_CODE_HASH, base, token.address);
  const tokens = [base, token.address];
  await sendAll(client, trader, [
    token.deployment,
    curve.deployment,
    call(factory, uniswapArtifact("V2Factory").abi, "createPair", tokens),
    ...tokens.flatMap((each) => [
      mint(each, pair, depth / 10n),
      mint(each, curve.address, depth),
      mint(each, trader.address, depth),
      call(each, PlainToken.abi, "approve", [curve.address, depth]),
    ]),
    call(pair, uniswapArtifact("V2Pair").abi, "mint", [trader.address]),
    call(curve.address, abi, "take", []),
  ]);
  return {
    pair,
    pool: curve.address,
    openGap: (amount) =>
      sendAll(client, trader, [call(curve.address, abi, "exchange", [0n, 1n, amount, 0n])]),
  };
}
