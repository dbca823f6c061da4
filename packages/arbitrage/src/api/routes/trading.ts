import { defineRoute, type Route } from "@trellis/platform/http";
import { z } from "zod";
import type { RequestedTrade } from "../../engine/index.ts";
import type { ArbitrageApiPorts } from "../ArbitrageApiPorts.ts";
import { address, amount, reason, trial } from "../schemas.ts";
import { shownReport, shownTrial } from "../views.ts";
import { admins, operators } from "./access.ts";

type Parts = Pick<ArbitrageApiPorts, "engine">;

/** Limit of the Arbitrageur. */
const HOPS_MAX = 16;
const asked = {
  hops: z
    .array(z.strictObject({ pool: address, tokenIn: address }))
    .min(2)
    .max(HOPS_MAX)
    .meta({ description: "swaps that follow each other back to the first token" }),
  amountIn: amount
    .nullable()
    .default(null)
    .meta({ description: "what goes into the first hop; null for what earns most" }),
};
const ERRORS = ["TRADE_POOL_UNKNOWN", "TRADE_CYCLE_BROKEN", "TRADE_WITHOUT_PROFIT", "ENGINE_CHAIN_EMPTY"];

export function tradingRoutes({ engine }: Parts): readonly Route[] {
  return [
    defineRoute(
      {
        id: "simulateTrade",
        method: "POST",
        path: "/v1/simulate",
        tag: "trading",
        summary: "What a trade would come to now; nothing is entered, held or sent",
        access: operators("trade:simulate"),
        body: z.strictObject(asked),
        answer: { status: 200, description: "the trial", schema: trial },
        errors: ERRORS,
        cost: 20,
      },
      async ({ body }) => shownTrial(await engine.simulate(requestOf(body))),
    ),
    defineRoute(
      {
        id: "executeTrade",
        method: "POST",
        path: "/v1/execute",
        tag: "trading",
        summary: "Makes a trade that somebody asks for, by the rules of those that the engine finds",
        description: "A dry run unless `dryRun` is false; with money only where that is switched on.",
        access: admins("trade:execute"),
        body: z.strictObject({ ...asked, dryRun: z.boolean().default(true), reason }),
        answer: { status: 200, description: "what became of it at once", schema: trial },
        errors: [...ERRORS, "RISK_CONTENDED"],
        idempotency: "required",
        cost: 20,
      },
      async ({ body }) =>
        body.dryRun
          ? shownTrial(await engine.simulate(requestOf(body)))
          : shownReport(await engine.execute(requestOf(body))),
    ),
  ];
}

function requestOf({
  hops,
  amountIn,
}: {
  readonly hops: RequestedTrade["hops"];
  readonly amountIn: bigint | null;
}): RequestedTrade {
  return { hops, amountIn: amountIn ?? undefined };
}
