import { defineRoute, type Route } from "@trellis/platform/http";
import { z } from "zod";
import type { ArbitrageApiPorts } from "../ArbitrageApiPorts.ts";
import { status, wallet } from "../schemas.ts";
import { shownBlock, shownWallet } from "../views.ts";
import { PUBLIC, readers } from "./access.ts";

type Ports = Pick<
  ArbitrageApiPorts,
  "chainId" | "accounts" | "relays" | "engine" | "ledger" | "config" | "wallets"
>;

export function operationRoutes(ports: Ports): readonly Route[] {
  return [
    defineRoute(
      {
        id: "getHealth",
        method: "GET",
        path: "/v1/health",
        tag: "operation",
        summary: "Returns whether the engine follows the chain",
        description: "/ready on the service port returns whether all components can serve.",
        access: PUBLIC,
        answer: {
          status: 200,
          description: "the engine's health",
          schema: z.strictObject({ isFollowing: z.boolean() }),
        },
        errors: [],
      },
      () => ({ isFollowing: ports.engine.status().head !== undefined }),
    ),
    defineRoute(
      {
        id: "getStatus",
        method: "GET",
        path: "/v1/status",
        tag: "operation",
        summary: "Returns the state of the engine and the trading mode",
        access: readers("arbitrage:read"),
        answer: { status: 200, description: "the status", schema: status },
        errors: [],
      },
      () => statusOf(ports),
    ),
    defineRoute(
      {
        id: "listWallets",
        method: "GET",
        path: "/v1/wallets",
        tag: "operation",
        summary: "Returns the balances of the wallets at the head and their pending trades",
        access: readers("arbitrage:read"),
        answer: {
          status: 200,
          description: "the executing wallet and the owner",
          schema: z.strictObject({ items: z.array(wallet) }),
        },
        errors: [],
        cost: 5,
      },
      async () => ({ items: (await ports.wallets()).map(shownWallet) }),
    ),
  ];
}

function statusOf({ chainId, accounts, relays, engine, ledger, config }: Ports): z.output<typeof status> {
  const { isLive, canBeLive, formerWallets, head, pools, stale, excluded, bookDifferences, ...counts } =
    engine.status();
  const { executor, owner, arbitrageur, isSimulated } = accounts();
  return {
    chainId,
    mode: isLive ? "live" : "paper",
    isLive,
    canBeLive,
    isSimulated,
    relays: [...relays],
    wallet: executor,
    formerWallets: [...formerWallets],
    owner,
    arbitrageur,
    head: head === undefined ? null : shownBlock(head),
    poolCount: pools,
    stalePoolCount: stale.length,
    excludedTokens: [...excluded].map(([token, reason]) => ({ token, reason })),
    bookDifferences:
      bookDifferences?.map(({ account, asset, booked, onChain }) => ({
        account,
        asset,
        booked,
        onChain: onChain ?? null,
      })) ?? null,
    ...counts,
    settingsVersion: config.version(),
    storage: ledger.storage,
  };
}
