import { defineRoute, type Route } from "@trellis/platform/http";
import { z } from "zod";
import type { RequestedTrade } from "../../engine/index.ts";
import type { ArbitrageApiPorts } from "../ArbitrageApiPorts.ts";
import { address, amount, reason, trial } from "../schemas.ts";
import { shownReport, shownTrial } from "../views.ts";
import { admins, operators } from "./access.ts";

type Ports = Pick<ArbitrageApiPorts, "engine">;

const HOPS_MAX = 16;
const asked = {
  hops: z
    .array(z.strictObject({ pool: address, tokenIn: address }))
    .min(2)
    .max(HOPS_MAX)
    .meta({ description: "consecutive swaps that lead back to the first token" }),
  amountIn: amount
    .nullable()
    .default(null)
    .meta({ description: "input amount of the first hop; null: the amount with the highest profit" }),
};
const ERRORS = ["TRADE_REFUSED", "ENGINE_CHAIN_EMPTY"];

export function tradingRoutes({ engine }: Ports): readonly Route[] {
  return [
    defineRoute(
      {
        id: "simulateTrade",
        method: "POST",
        path: "/v1/simulate",
        tag: "trading",
        summary: "Simulates a trade at the head; nothing is recorded, reserved or sent",
        access: operators("trade:simulate"),
        body: z.strictObject(asked),
        answer: { status: 200, description: "the simulation", schema: trial },
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
        summary: "Executes a requested trade under the rules of the engine's own trades",
        description: "A dry run unless `dryRun` is false. Funds are used only in live trading.",
        access: admins("trade:execute"),
        body: z.strictObject({ ...asked, dryRun: z.boolean().default(true), reason }),
        answer: { status: 200, description: "the immediate outcome", schema: trial },
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
