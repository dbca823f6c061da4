import type { Hex } from "@trellis/base";
import type { ChainClient, ChainLog } from "@trellis/client";
import type { Route, RouteHop } from "@trellis/contracts/arbitrage";
import { decodeEventLog, parseAbi, toEventSelector } from "viem";
import type { NonceSlotInclusion } from "../submission/index.ts";
import type { Fill } from "./ArbitrageLedger.ts";
import { ledgerErrors } from "./errors.ts";

const EVENTS = {
  swapV2: parseAbi([
    "event Swap(address indexed sender, uint256 amount0In, uint256 amount1In, uint256 amount0Out, uint256 amount1Out, address indexed to)",
  ]),
  swapV3: parseAbi([
    "event Swap(address indexed sender, address indexed recipient, int256 amount0, int256 amount1, uint160 sqrtPriceX96, uint128 liquidity, int24 tick)",
  ]),
  swapCurve: parseAbi([
    "event TokenExchange(address indexed buyer, int128 sold_id, uint256 tokens_sold, int128 bought_id, uint256 tokens_bought)",
  ]),
  swapBalancer: parseAbi([
    "event Swap(bytes32 indexed poolId, address indexed tokenIn, address indexed tokenOut, uint256 amountIn, uint256 amountOut)",
  ]),
} as const;

/** Excludes flash loans. */
export async function readFills(
  client: Pick<ChainClient, "logs">,
  { transactionHash, block }: Pick<NonceSlotInclusion, "transactionHash" | "block">,
  { hops }: Route,
): Promise<Fill[]> {
  const swaps = hops.filter(isSwap);
  // If a pool occurs twice, its first log belongs to the earlier hop.
  const logsOf = new Map<Hex, ChainLog[]>();
  for (const { pool, kind, holder = pool } of swaps) {
    if (logsOf.has(pool)) continue;
    const topics = [toEventSelector(EVENTS[kind][0])];
    const logs = await client.logs({
      address: holder,
      topics,
      fromHeight: block.height,
      toHeight: block.height,
    });
    const ours = logs.filter(
      (log) =>
        log.transactionHash === transactionHash &&
        log.block.hash === block.hash &&
        (holder === pool || log.topics[1]?.startsWith(pool) === true),
    );
    logsOf.set(
      pool,
      ours.toSorted((a, b) => a.logIndex - b.logIndex),
    );
  }
  const last = swaps[0]?.tokenIn;
  return swaps.map((hop, place): Fill => {
    const log = logsOf.get(hop.pool)?.shift();
    if (log === undefined)
      throw ledgerErrors.LEDGER_DATA_MISSING({
        reason: "log of the swap missing",
        transactionHash,
        pool: hop.pool,
      });
    const { pool, tokenIn } = hop;
    const tokenOut = swaps[place + 1]?.tokenIn ?? last ?? tokenIn;
    return { place, pool, tokenIn, tokenOut, ...amountsOf(hop, log) };
  });
}

type Swap = RouteHop & { readonly kind: keyof typeof EVENTS };

function isSwap(hop: RouteHop): hop is Swap {
  return Object.hasOwn(EVENTS, hop.kind);
}

function amountsOf(
  { kind, zeroForOne }: Swap,
  { topics, data }: ChainLog,
): Pick<Fill, "amountIn" | "amountOut"> {
  const [first, ...rest] = topics;
  const log = { data, topics: (first === undefined ? [] : [first, ...rest]) as [Hex, ...Hex[]] };
  if (kind === "swapV2") {
    const { args } = decodeEventLog({ abi: EVENTS.swapV2, ...log });
    return zeroForOne
      ? { amountIn: args.amount0In, amountOut: args.amount1Out }
      : { amountIn: args.amount1In, amountOut: args.amount0Out };
  }
  if (kind === "swapCurve") {
    const { args } = decodeEventLog({ abi: EVENTS.swapCurve, ...log });
    return { amountIn: args.tokens_sold, amountOut: args.tokens_bought };
  }
  if (kind === "swapBalancer") {
    const { args } = decodeEventLog({ abi: EVENTS.swapBalancer, ...log });
    return { amountIn: args.amountIn, amountOut: args.amountOut };
  }
  const { args } = decodeEventLog({ abi: EVENTS.swapV3, ...log });
  return zeroForOne
    ? { amountIn: args.amount0, amountOut: -args.amount1 }
    : { amountIn: args.amount1, amountOut: -args.amount0 };
}
