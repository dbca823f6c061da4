import { bytesToHex, type Hex, hexToBytes } from "@trellis/base";
import { poolAddressV3 } from "@trellis/contracts/arbitrage";
import { keccak256 } from "@trellis/crypto";
import { CONTRACTS, uniswapArtifact } from "@trellis/market";
import type { TradedMarket } from "./openTradedMarket.ts";
import { call, mint, placed } from "./placed.ts";
import { sendAll } from "./sendAll.ts";

export const POOL_CODE_HASH: Hex = bytesToHex(keccak256(hexToBytes(uniswapArtifact("V3Pool").bytecode)));
const FEE_PPM = 3_000;
/** Last tick in range for a tick spacing of 60. */
const TICK_MAX = 887_220;
const PRICE_ONE = 2n ** 96n;

export interface DeployedV3Pool {
  readonly factory: Hex;
  readonly pool: Hex;
  openGap(amount: bigint): Promise<void>;
}

export async function deployV3Pool(
  { client, trader, market: { base, other } }: TradedMarket,
  depth: bigint,
): Promise<DeployedV3Pool> {
  const { abi, bytecode } = uniswapArtifact("V3Factory");
  const { PoolUser } = CONTRACTS;
  const [user, factory] = [placed(PoolUser.abi, PoolUser.bytecode, []), placed(abi, bytecode, [])];
  const pool = poolAddressV3(factory.address, POOL_CODE_HASH, base, other, FEE_PPM);
  await sendAll(client, trader, [
    user.deployment,
    factory.deployment,
    call(factory.address, abi, "createPool", [base, other, FEE_PPM]),
    call(pool, uniswapArtifact("V3Pool").abi, "initialize", [PRICE_ONE]),
    ...[base, other].map((token) => mint(token, user.address, 10n * depth)),
    call(user.address, PoolUser.abi, "mint", [pool, -TICK_MAX, TICK_MAX, depth]),
  ]);
  return {
    factory: factory.address,
    pool,
    openGap: (amount) =>
      sendAll(client, trader, [
        call(user.address, PoolUser.abi, "swap", [pool, BigInt(base) < BigInt(other), amount]),
      ]),
  };
}
