import type { EventDraft } from "@trellis/platform/events";
import type { z } from "zod";
import { type BlockReport, SKIP_CODES } from "../engine/index.ts";
import type { ArbitrageLedger, OpportunityHistory } from "../ledger/index.ts";
import type { ArbitrageApiPorts, MarketPrice } from "./ArbitrageApiPorts.ts";
import type { risk } from "./schemas.ts";
import { shownBlock, shownOpportunity, shownRisk } from "./views.ts";

const EVENT_TYPES = [
  "prices.changed",
  "opportunity.found",
  "execution.changed",
  "risk.changed",
  "config.changed",
] as const;

interface BlockEventPorts extends Pick<ArbitrageApiPorts, "risk" | "limits" | "killSwitch" | "prices"> {
  readonly ledger: Pick<ArbitrageLedger, "histories">;
}

/** [ARB-36] */
export function createBlockEvents(ports: BlockEventPorts) {
  let publishedPrices = new Map<string, MarketPrice>();

  async function historiesOf(ids: readonly string[]): Promise<readonly OpportunityHistory[]> {
    if (ids.length === 0) return [];
    const histories = await ports.ledger.histories({ ids, limit: ids.length });
    const byId = new Map(histories.map((history) => [history.id, history]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }

  return async ({ block, trades, jobs }: BlockReport): Promise<EventDraft[]> => {
    const events: EventDraft[] = [];
    const prices = ports.prices();
    const moved = prices.filter((price) => publishedPrices.get(price.token)?.wei !== price.wei);
    publishedPrices = new Map(prices.map((price) => [price.token, price]));
    if (moved.length > 0)
      events.push(...pagesOf(moved, (items) => event("prices.changed", { block: shownBlock(block), items })));
    const published = trades.filter(({ code }) => !SKIP_CODES.has(code)).map(({ id }) => id);
    for (const history of await historiesOf(published))
      events.push(event("opportunity.found", shownOpportunity(history)));
    const sent = trades.filter(({ outcome }) => outcome === "submitted");
    for (const { id } of sent)
      events.push(
        event("execution.changed", { opportunityId: id, outcome: "submitted", profitWei: 0n, gasWei: 0n }),
      );
    for (const { id, ...job } of jobs) events.push(event("execution.changed", { opportunityId: id, ...job }));
    if (sent.length + jobs.length > 0) {
      const state = await ports.risk.state();
      const shown = shownRisk(state, ports.limits(), await ports.killSwitch());
      const cause = jobs.length > 0 ? "settled" : "admitted";
      events.push(riskEvent(shown, { cause, by: null, reason: null }));
    }
    return events;
  };
}

interface RiskCause {
  readonly cause: "killed" | "revived" | "breakerClosed" | "admitted" | "settled";
  readonly by: string | null;
  readonly reason: string | null;
}

export function riskEvent(shown: z.output<typeof risk>, cause: RiskCause): EventDraft {
  return event("risk.changed", { risk: shown, ...cause });
}

export function configEvent(change: object): EventDraft {
  return event("config.changed", change);
}

const PRICES_AT_ONCE = 200;

function pagesOf(prices: readonly MarketPrice[], page: (items: readonly MarketPrice[]) => EventDraft) {
  const pages = Math.ceil(prices.length / PRICES_AT_ONCE);
  return Array.from({ length: pages }, (_, at) =>
    page(prices.slice(at * PRICES_AT_ONCE, (at + 1) * PRICES_AT_ONCE)),
  );
}

function event(kind: (typeof EVENT_TYPES)[number], data: object): EventDraft {
  const text = JSON.stringify(data, (_, item: unknown) => (typeof item === "bigint" ? String(item) : item));
  return { kind, data: JSON.parse(text) as object };
}
