import type { ChainLog } from "@trellis/client";
import type { Route } from "@trellis/contracts/arbitrage";
import { expect, it } from "vitest";
import { addressOf, TOKEN_0, TOKEN_1 } from "../pools/testing/addresses.ts";
import { blockOf, hashOf, logOf } from "../pools/testing/logs.ts";
import { readFills } from "./readFills.ts";

const [CURVE, POOL, VAULT] = [addressOf(0xc), addressOf(0xb), addressOf(0xba)];
const BLOCK = blockOf(8);
const HASH = hashOf(500);
const SWAP = "Swap(bytes32,address,address,uint256,uint256)";
const EXCHANGE = "TokenExchange(address,int128,uint256,int128,uint256)";
const idOf = (pool: string) => BigInt(`${pool}${"7".padStart(24, "0")}`);
const route: Route = {
  anchor: { number: 7, hash: undefined },
  windowBlocks: 2,
  deadlineSeconds: 1_000,
  profitMin: 5n,
  amountIn: 1_000n,
  hops: [
    { kind: "swapCurve", pool: CURVE, tokenIn: TOKEN_0, zeroForOne: false, feePpm: 0, coins: [0, 1] },
    { kind: "swapBalancer", pool: POOL, tokenIn: TOKEN_1, zeroForOne: false, feePpm: 0, holder: VAULT },
  ],
};

it("ARB-25: reads the fills of a route from the logs of Curve pools and Balancer's vault", async () => {
  const tokens = [BigInt(TOKEN_1), BigInt(TOKEN_0)];
  const logs: readonly ChainLog[] = [
    logOf(BLOCK, 0, CURVE, EXCHANGE, [1n], [0n, 1_000n, 1n, 990n]),
    logOf(BLOCK, 1, VAULT, SWAP, [idOf(addressOf(0x77)), ...tokens], [1n, 2n]),
    logOf(BLOCK, 2, VAULT, SWAP, [idOf(POOL), ...tokens], [990n, 1_005n]),
  ].map((log) => ({ ...log, transactionHash: HASH }));
  const client = {
    logs: async ({ address }: { readonly address: string }) => logs.filter((log) => log.address === address),
  };
  expect(await readFills(client, { transactionHash: HASH, block: BLOCK }, route)).toEqual([
    { place: 0, pool: CURVE, tokenIn: TOKEN_0, tokenOut: TOKEN_1, amountIn: 1_000n, amountOut: 990n },
    { place: 1, pool: POOL, tokenIn: TOKEN_1, tokenOut: TOKEN_0, amountIn: 990n, amountOut: 1_005n },
  ]);
});
