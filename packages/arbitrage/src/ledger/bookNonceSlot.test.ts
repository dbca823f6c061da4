import { expect, it } from "vitest";
import { addressOf, TOKEN_0, TOKEN_1 } from "../pools/testing/addresses.ts";
import { blockOf, hashOf, logOf } from "../pools/testing/logs.ts";
import type { NonceSlot } from "../submission/index.ts";
import { bookNonceSlot } from "./bookNonceSlot.ts";
import { createMemoryLedger } from "./createMemoryLedger.ts";

const [CURVE, PAIR] = [addressOf(0xc), addressOf(0xd)];
const KEEPING = {
  chainId: 7331,
  wallet: addressOf(0xe0),
  arbitrageur: addressOf(0xab),
  owner: addressOf(0x0e),
};
const FOUND = blockOf(7);
const BLOCK = blockOf(8);
const HASH = hashOf(500);
const TRANSFER = "Transfer(address,address,uint256)";
const route = {
  anchor: { number: FOUND.height, hash: FOUND.hash },
  windowBlocks: 2,
  deadlineSeconds: 1_000,
  profitMin: 5n,
  amountIn: 1_000n,
  hops: [
    { kind: "swapCurve", pool: CURVE, tokenIn: TOKEN_0, zeroForOne: false, feePpm: 0, coins: [0, 1] },
    { kind: "swapV2", pool: PAIR, tokenIn: TOKEN_1, zeroForOne: false, feePpm: 3_000 },
  ],
  lender: { place: 1, amountIn: 990n },
} as const;
const slot: NonceSlot = {
  nonce: 4,
  version: 1,
  state: "included",
  attempts: [
    {
      hash: HASH,
      raw: "0x02",
      nonce: 4,
      gasLimit: 500n,
      maxFeeWei: 1n,
      maxTipWei: 1n,
      preparedAtMs: 1,
      job: { id: "a", call: { to: KEEPING.arbitrageur, data: "0x" }, gasLimit: 500n, lastBlock: 9 },
    },
  ],
  inclusion: { transactionHash: HASH, block: BLOCK, isReverted: false, gasUsed: 100n, gasPriceWei: 0n },
};
const toOwner = [BigInt(KEEPING.arbitrageur), BigInt(KEEPING.owner)];
const LOGS = [
  logOf(
    BLOCK,
    0,
    CURVE,
    "TokenExchange(address,int128,uint256,int128,uint256)",
    [1n],
    [0n, 1_000n, 1n, 997n],
  ),
  logOf(
    BLOCK,
    1,
    PAIR,
    "Swap(address,uint256,uint256,uint256,uint256,address)",
    [1n, 2n],
    [0n, 990n, 1_005n, 0n],
  ),
  logOf(BLOCK, 2, TOKEN_0, TRANSFER, toOwner, [5n]),
  logOf(BLOCK, 3, TOKEN_1, TRANSFER, toOwner, [7n]),
].map((log) => ({ ...log, transactionHash: HASH }));

it.each([
  ["is booked if the books have the token", new Set<string>([TOKEN_0, TOKEN_1]), [5n, 7n]],
  ["is not booked otherwise", new Set<string>([TOKEN_0]), [5n]],
] as const)("ARB-26: tokens that a lender on the route did not ask for %s", async (_, priced, amounts) => {
  const ledger = createMemoryLedger();
  const facts = { chainId: KEEPING.chainId, block: FOUND, route, expectedProfit: 5n, foundAtMs: 1 };
  await ledger.addOpportunity({ id: "a", ...facts });
  const fills = await bookNonceSlot(slot, KEEPING, {
    ledger,
    client: { logs: async ({ address }) => LOGS.filter((log) => log.address === address) },
    clock: { nowMs: () => 1_000 },
    worthOf: (asset, amount) => (priced.has(asset) ? amount : undefined),
  });
  expect(fills.map(({ amountIn, amountOut }) => [amountIn, amountOut])).toEqual([
    [1_000n, 997n],
    [990n, 1_005n],
  ]);
  const booked = (await ledger.positions(KEEPING.chainId, 99)).filter(({ asset }) => asset !== "coin");
  expect(booked.map(({ amount }) => amount)).toEqual(amounts);
});
