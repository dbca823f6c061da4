import { defineRoute, type Route } from "@trellis/platform/http";
import { z } from "zod";
import type { ArbitrageApiPorts } from "../ArbitrageApiPorts.ts";
import { status, wallet } from "../schemas.ts";
import { shownBlock, shownWallet } from "../views.ts";
import { PUBLIC, readers } from "./access.ts";

type Parts = Pick<
  ArbitrageApiPorts,
  "chainId" | "accounts" | "isSimulated" | "relays" | "engine" | "ledger" | "config" | "wallets"
>;

export function operationRoutes(parts: Parts): readonly Route[] {
  return [
    defineRoute(
      {
        id: "getHealth",
        method: "GET",
        path: "/v1/health",
        tag: "operation",
        summary: "Whether the engine sees the chain",
        description: "Whether all its parts can serve is told by /ready on the service port.",
        access: PUBLIC,
        answer: {
          status: 200,
          description: "the engine",
          schema: z.strictObject({ isFollowing: z.boolean() }),
        },
        errors: [],
      },
      () => ({ isFollowing: parts.engine.status().head !== undefined }),
    ),
    defineRoute(
      {
        id: "getStatus",
        method: "GET",
        path: "/v1/status",
        tag: "operation",
        summary: "What the engine sees, and whether it uses money",
        access: readers("arbitrage:read"),
        answer: { status: 200, description: "the status", schema: status },
        errors: [],
      },
      () => statusOf(parts),
    ),
    defineRoute(
      {
        id: "listWallets",
        method: "GET",
        path: "/v1/wallets",
        tag: "operation",
        summary: "What our accounts have at the head, and what is on its way",
        access: readers("arbitrage:read"),
        answer: {
          status: 200,
          description: "the wallet that executes, and the owner",
          schema: z.strictObject({ items: z.array(wallet) }),
        },
        errors: [],
        cost: 5,
      },
      async () => ({ items: (await parts.wallets()).map(shownWallet) }),
    ),
  ];
}

function statusOf({
  chainId,
  accounts,
  isSimulated,
  relays,
  engine,
  ledger,
  config,
}: Parts): z.output<typeof status> {
  const { isLive, canBeLive, head, pools, stale, excluded, bookDifferences, ...counts } = engine.status();
  const { executor, owner, arbitrageur } = accounts;
  return {
    ...{ chainId, mode: isLive ? "live" : "paper", isLive, canBeLive, isSimulated, relays: [...relays] },
    ...{ wallet: executor, owner, arbitrageur, head: head === undefined ? null : shownBlock(head) },
    ...{ poolCount: pools, stalePoolCount: stale.length },
    excludedTokens: [...excluded].map(([token, reason]) => ({ token, reason })),
    bookDifferences:
      bookDifferences?.map(({ account, asset, booked, onChain }) => ({
        ...{ account, asset, booked, onChain: onChain ?? null },
      })) ?? null,
    ...{ ...counts, settingsVersion: config.version(), storage: ledger.storage },
  };
}
