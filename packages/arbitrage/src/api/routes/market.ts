import type { Hex } from "@trellis/base";
import { defineRoute, httpErrors, pageOf, pageQuery, type Route, readPage } from "@trellis/platform/http";
import { z } from "zod";
import { engineErrors } from "../../engine/index.ts";
import { EXECUTION_OUTCOMES, type HistoryQuery, ledgerErrors } from "../../ledger/index.ts";
import type { ArbitrageApiPorts } from "../ArbitrageApiPorts.ts";
import { address, block, opportunity, opportunityId, outcome, pool, price, scan, token } from "../schemas.ts";
import { shownBlock, shownOpportunity, shownPool, shownScan, shownToken } from "../views.ts";
import { readers } from "./access.ts";

type Ports = Pick<ArbitrageApiPorts, "engine" | "ledger" | "prices" | "token">;

export function marketRoutes(ports: Ports): readonly Route[] {
  return [
    ...poolRoutes(ports),
    tokenRoute(ports),
    ...opportunityRoutes(ports),
    executionRoute(ports),
    scanRoute(ports),
  ];
}

function poolRoutes({ engine, prices }: Ports): readonly Route[] {
  return [
    defineRoute(
      {
        id: "listPrices",
        method: "GET",
        path: "/v1/prices",
        tag: "market",
        summary: "Returns token prices from settings and pools",
        access: readers("arbitrage:read"),
        answer: {
          status: 200,
          description: "prices at the head",
          schema: z.strictObject({ block: block.nullable(), items: z.array(price) }),
        },
        errors: [],
        cost: 5,
      },
      () => {
        const { head } = engine.status();
        return { block: head === undefined ? null : shownBlock(head), items: [...prices()] };
      },
    ),
    defineRoute(
      {
        id: "listPools",
        method: "GET",
        path: "/v1/pools",
        tag: "market",
        summary: "Lists the followed pools by address",
        access: readers("arbitrage:read"),
        query: z.strictObject({ ...pageQuery, token: address.optional() }),
        answer: { status: 200, description: "a page", schema: pageOf(pool) },
        errors: ["CURSOR_INVALID"],
        cost: 2,
      },
      ({ query }) =>
        readPage(
          query,
          ["pools", query.token],
          async (after = "", limit) =>
            poolsOf(engine.watch())
              .filter(({ address: own, tokens }) => own > after && isOf(tokens, query.token))
              .slice(0, limit),
          ({ address: own }) => own,
        ),
    ),
  ];
}

function isOf(tokens: readonly string[], token: string | undefined): boolean {
  return token === undefined || tokens.includes(token);
}

function poolsOf(watch: ReturnType<ArbitrageApiPorts["engine"]["watch"]>) {
  if (watch === undefined) return [];
  const certain = [...watch.book.pools()].map((one) => {
    const excluded = one.tokens.find((token) => watch.excluded.has(token));
    const reason = excluded === undefined ? undefined : `${excluded}: ${watch.excluded.get(excluded)}`;
    return shownPool(one, reason ?? watch.quarantined.get(one.address), one);
  });
  const stale = watch.stale.map(({ source, reason }) => shownPool(source, reason));
  return [...certain, ...stale].sort((a, b) => (a.address < b.address ? -1 : 1));
}

function tokenRoute({ engine, prices, token: read }: Ports): Route {
  return defineRoute(
    {
      id: "getToken",
      method: "GET",
      path: "/v1/tokens/{token}",
      tag: "market",
      summary: "Returns the metadata that a token reports",
      access: readers("arbitrage:read"),
      params: z.strictObject({ token: address }),
      answer: { status: 200, description: "the token", schema: token },
      errors: ["NOT_FOUND", "ENGINE_CHAIN_EMPTY"],
      cost: 2,
    },
    async ({ params }) => {
      const { head } = engine.status();
      if (head === undefined) throw engineErrors.ENGINE_CHAIN_EMPTY();
      const asked = params.token;
      const priced = () => prices().some(({ token: own }) => own === asked);
      // A client must not choose which contracts are called.
      if (!isTraded(engine.watch(), asked) && !priced())
        throw httpErrors.NOT_FOUND({ reason: "no such token", token: asked });
      return shownToken(await read(asked, head.hash));
    },
  );
}

function isTraded(watch: ReturnType<ArbitrageApiPorts["engine"]["watch"]>, token: Hex): boolean {
  if (watch === undefined) return false;
  for (const { tokens } of watch.book.pools()) if (isOf(tokens, token)) return true;
  return watch.stale.some(({ source }) => isOf(source.tokens ?? [], token));
}

function opportunityRoutes({ ledger }: Ports): readonly Route[] {
  return [
    defineRoute(
      {
        id: "listOpportunities",
        method: "GET",
        path: "/v1/opportunities",
        tag: "market",
        summary: "Lists opportunities with decisions and outcomes, newest first",
        access: readers("arbitrage:read"),
        query: z.strictObject({ ...pageQuery, token: address.optional(), outcome: outcome.optional() }),
        answer: { status: 200, description: "a page", schema: pageOf(opportunity) },
        errors: ["CURSOR_INVALID"],
        cost: 3,
      },
      ({ query }) => readOpportunities(ledger, "opportunities", query, query.outcome && [query.outcome]),
    ),
    defineRoute(
      {
        id: "getOpportunity",
        method: "GET",
        path: "/v1/opportunities/{opportunityId}",
        tag: "market",
        summary: "Returns an opportunity",
        access: readers("arbitrage:read"),
        params: z.strictObject({ opportunityId }),
        answer: { status: 200, description: "the opportunity", schema: opportunity },
        errors: ["OPPORTUNITY_NOT_FOUND"],
      },
      async ({ params }) => {
        const found = await ledger.history(params.opportunityId);
        if (found === undefined) throw ledgerErrors.OPPORTUNITY_NOT_FOUND({ id: params.opportunityId });
        return shownOpportunity(found);
      },
    ),
  ];
}

function executionRoute({ ledger }: Ports): Route {
  return defineRoute(
    {
      id: "listExecutions",
      method: "GET",
      path: "/v1/executions",
      tag: "market",
      summary: "Lists executions with their outcomes, newest first",
      access: readers("arbitrage:read"),
      query: z.strictObject({ ...pageQuery, outcome: z.enum(EXECUTION_OUTCOMES).optional() }),
      answer: { status: 200, description: "a page", schema: pageOf(opportunity) },
      errors: ["CURSOR_INVALID"],
      cost: 3,
    },
    ({ query }) => {
      const outcomes = query.outcome === undefined ? EXECUTION_OUTCOMES : [query.outcome];
      return readOpportunities(ledger, "executions", query, outcomes);
    },
  );
}

function readOpportunities(
  ledger: Ports["ledger"],
  list: string,
  query: Pick<HistoryQuery, "limit" | "token"> & { readonly cursor?: string | undefined },
  outcomes: HistoryQuery["outcomes"],
) {
  const { token } = query;
  return readPage(
    query,
    [list, token, outcomes?.join()],
    async (after, limit) => {
      const found = await ledger.histories({ limit, after: placeOf(after), token, outcomes });
      return found.map(shownOpportunity);
    },
    ({ foundAtMs, id }) => `${foundAtMs} ${id}`,
  );
}

function scanRoute({ ledger }: Ports): Route {
  return defineRoute(
    {
      id: "listScans",
      method: "GET",
      path: "/v1/scans",
      tag: "market",
      summary: "Lists blocks with opportunities and the reasons for dropped cycles, newest first",
      access: readers("arbitrage:read"),
      query: z.strictObject(pageQuery),
      answer: { status: 200, description: "a page", schema: pageOf(scan) },
      errors: ["CURSOR_INVALID"],
    },
    ({ query }) =>
      readPage(
        query,
        ["scans"],
        async (after, limit) => {
          const place = placeOf(after);
          const behind = place && { scannedAtMs: place.foundAtMs, hash: place.id };
          return (await ledger.scans(behind, limit)).map(shownScan);
        },
        ({ scannedAtMs, block: { hash } }) => `${scannedAtMs} ${hash}`,
      ),
  );
}

function placeOf(after: string | undefined) {
  const [time = "", id = ""] = after?.split(" ") ?? [];
  return after === undefined ? undefined : { foundAtMs: Number(time), id };
}
