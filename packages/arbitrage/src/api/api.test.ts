import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BlockReport } from "../engine/index.ts";
import { createBlockEvents } from "./createBlockEvents.ts";
import {
  EXAMPLE_HASH,
  EXAMPLE_POOL,
  executed,
  fakeLedger,
  LIMITS,
  OPPORTUNITY_ID,
  prices,
} from "./testing/fakePorts.ts";
import { loseTheDay } from "./testing/loseTheDay.ts";
import { openTestService, type TestService } from "./testing/openTestService.ts";

const DAY_MS = 86_400_000;
const HOPS = [
  { pool: EXAMPLE_POOL, tokenIn: EXAMPLE_POOL },
  { pool: EXAMPLE_POOL, tokenIn: EXAMPLE_POOL },
];

describe("arbitrage API", () => {
  let service: TestService;
  beforeAll(async () => {
    service = await openTestService();
  });
  afterAll(() => service.server.close());

  it("API-13: a viewer reads everything except keys, the audit log and costs, and changes nothing", async () => {
    const paths = Object.entries(service.document.paths)
      .filter(([path, operations]) => operations.get !== undefined && !path.includes("{"))
      .map(([path]) => path);
    const refused: string[] = [];
    for (const path of paths)
      if ((await service.ask("viewer", "GET", path)).status === 403) refused.push(path);
    expect(refused.sort()).toEqual([
      "/v1/api-keys",
      "/v1/audit-log",
      "/v1/audit-log/verification",
      "/v1/costs",
      "/v1/costs/forecast",
      "/v1/usage",
    ]);
    const posts = Object.entries(service.document.paths).filter(([, { post }]) => post !== undefined);
    for (const [path] of posts)
      expect([path, (await service.ask("viewer", "POST", path.replace("{keyId}", "a"), {})).status]).toEqual([
        path,
        403,
      ]);
    for (const path of ["/v1/revive", "/v1/close-breaker", "/v1/config", "/v1/execute"])
      expect((await service.ask("operator", "POST", path, {})).status).toBe(403);
  });

  it("OPPORTUNITY_NOT_FOUND", async () => {
    const missing = await service.ask("viewer", "GET", `/v1/opportunities/0x${"99".repeat(32)}`);
    expect(missing).toMatchObject({ status: 404, body: { code: "OPPORTUNITY_NOT_FOUND" } });
  });

  it("NOT_FOUND: reads metadata of pool tokens, and calls no other contract", async () => {
    const asked = await service.ask("viewer", "GET", `/v1/tokens/${prices()[0]!.token}`);
    expect(asked).toMatchObject({ status: 200, body: { symbol: "TOK", decimals: null } });
    const missing = await service.ask("viewer", "GET", `/v1/tokens/0x${"99".repeat(20)}`);
    expect(missing).toMatchObject({
      status: 404,
      body: { code: "NOT_FOUND", facts: { reason: "no such token" } },
    });
  });

  it("an opportunity shows its route, every decision with figures, and its outcome", async () => {
    const { body } = await service.ask("viewer", "GET", `/v1/opportunities/${OPPORTUNITY_ID}`);
    expect(body).toMatchObject({
      outcome: "executed",
      hops: [{ tokenOut: body.hops[1].tokenIn }, { tokenOut: body.token }],
      decisions: [{ code: "paysEnough", figures: { netWei: "5", isLate: "false" } }],
      execution: { gasPriceWei: "2", l1FeeWei: "11", gasWei: "300011", profit: "5" },
    });
  });

  it("API-7: does not send unchanged data again", async () => {
    const first = await service.ask("viewer", "GET", "/v1/opportunities");
    const etag = String(first.headers.etag);
    const again = await service.ask("viewer", "GET", "/v1/opportunities", undefined, {
      "if-none-match": etag,
    });
    expect(again.status).toBe(304);
  });

  it("performance is by period with a total, also for whole months", async () => {
    const query = `fromMs=${Date.UTC(2026, 1, 1)}&toMs=${Date.UTC(2026, 2, 1)}&period=month`;
    const { body } = await service.ask("viewer", "GET", `/v1/performance?${query}`);
    expect(body.items).toMatchObject([
      { toMs: Date.UTC(2026, 2, 1), opportunityCount: 8, executedCount: 3, resultWei: "-3" },
      { resultWei: "-4" },
    ]);
    expect(body.total).toMatchObject({ opportunityCount: 9, refusedCount: 2, resultWei: "-7" });
    expect(body.total.assets).toMatchObject([{ asset: "coin", gas: "-7" }]);
  });

  it("TIME_RANGE_INVALID", async () => {
    for (const query of ["fromMs=5&toMs=5", `fromMs=0&toMs=${5_000 * DAY_MS}&period=hour`]) {
      const refused = await service.ask("viewer", "GET", `/v1/performance?${query}`);
      expect(refused).toMatchObject({ status: 422, body: { code: "TIME_RANGE_INVALID" } });
    }
  });

  it.each([
    ["opportunities", `${OPPORTUNITY_ID},7331,7,`],
    ["decisions", `${OPPORTUNITY_ID},worth,true,paysEnough,"'=net, ""5"" wei"`],
    ["executions", `${OPPORTUNITY_ID},executed,`],
    ["movements", "1,0x0000000000000000000000000000000000000001,coin,gas,-3,,"],
  ])("%s are exported as CSV; formulas are escaped", async (table, begin) => {
    const { headers, body } = await service.ask("auditor", "GET", `/v1/exports/${table}`);
    expect(headers["content-type"]).toBe("text/csv; charset=utf-8");
    const [head, row, rest] = body.split("\r\n");
    expect(head.split(",").length).toBeGreaterThan(6);
    expect(row.startsWith(begin)).toBe(true);
    expect(rest).toBe("");
  });

  it("TIME_RANGE_INVALID: more rows than an export may have", async () => {
    const page = Array.from({ length: 1_000 }, () => executed);
    const large = await openTestService({ ledger: { ...fakeLedger(), histories: async () => page } });
    const refused = await large.ask("admin", "GET", "/v1/exports/opportunities");
    expect(refused).toMatchObject({
      status: 422,
      body: { code: "TIME_RANGE_INVALID", facts: { rowsMax: 100_000 } },
    });
    await large.server.close();
  });

  it("trading is killed and revived with author and reason, in the audit log and as events", async () => {
    const position = service.events.events.length;
    const killed = await service.ask("operator", "POST", "/v1/kill", { reason: "enough" });
    expect(killed.body.killed).toMatchObject({ by: "user:operator", reason: "enough" });
    expect(killed.body.limits).toMatchObject({ tradeWeiMax: String(LIMITS.tradeWeiMax) });
    expect((await service.ask("admin", "POST", "/v1/revive", { reason: "calm" })).body.killed).toBeNull();
    const close = () => service.ask("admin", "POST", "/v1/close-breaker", { reason: "looked at" });
    expect(await close()).toMatchObject({ status: 409, body: { code: "BREAKER_NOT_OPEN" } });
    await loseTheDay(service.risk);
    await close();
    const published = service.events.events.slice(position).map(({ data }) => data);
    expect(published).toMatchObject([
      { cause: "killed", by: "user:operator", reason: "enough", risk: { chainWei: "0" } },
      { cause: "revived", by: "user:admin" },
      { cause: "breakerClosed" },
    ]);
    const entries = (await service.audit.read(0, 99)).filter(({ action }) => action === "kill");
    expect(entries.at(-1)).toMatchObject({ actor: "user:operator", facts: { reason: "enough" } });
  });

  it("ARB-32: a setting changes only on the version that was read, and emits an event", async () => {
    const ask = (body: object) => service.ask("admin", "POST", "/v1/config", body);
    const position = service.events.events.length;
    const made = await ask({ key: "threshold", value: "7", reason: "dear gas", basedOn: 1 });
    expect(made).toMatchObject({ status: 200, body: { key: "threshold", value: "7", by: "user:admin" } });
    expect(service.events.events[position]).toMatchObject({ type: "config.changed", data: { value: "7" } });
    const stale = await ask({ key: "threshold", value: "8", reason: "again", basedOn: 0 });
    expect(stale.body.code).toBe("DYNAMIC_VERSION_STALE");
    expect(service.events.events).toHaveLength(position + 1);
    const entries = (await service.audit.read(0, 99)).filter(({ action }) => action === "changeConfig");
    expect(entries.slice(-2)).toMatchObject([
      {
        outcome: "done",
        facts: { key: "threshold", version: String(made.body.version), reason: "dear gas" },
      },
      { outcome: "refused", facts: { key: "threshold", reason: "again", code: "DYNAMIC_VERSION_STALE" } },
    ]);
  });

  it("ARB-31: a requested trade is a dry run by default, and is executed once", async () => {
    const ask = (body: object, key?: string) =>
      service.ask("admin", "POST", "/v1/execute", body, key === undefined ? {} : { "idempotency-key": key });
    expect((await ask({ hops: HOPS, reason: "a test" })).body).toMatchObject({
      code: "IDEMPOTENCY_KEY_INVALID",
      facts: { reason: "this route requires a key" },
    });
    const dry = await ask({ hops: HOPS, reason: "a test" }, "first-key");
    expect(dry.body).toMatchObject({ dryRun: true, outcome: "refused", code: "simulationReverts" });
    const real = await ask({ hops: HOPS, reason: "a test", dryRun: false }, "second-key");
    expect(real.body).toMatchObject({ dryRun: false, outcome: "recorded", code: "paper" });
    const again = await ask({ hops: HOPS, reason: "a test", dryRun: false }, "second-key");
    expect(again.headers["idempotency-replayed"]).toBe("true");
    const foreign = [{ ...HOPS[0], pool: `0x${"22".repeat(20)}` }, HOPS[1]];
    const unknown = await service.ask("operator", "POST", "/v1/simulate", { hops: foreign });
    expect(unknown).toMatchObject({
      status: 422,
      body: { code: "TRADE_REFUSED", facts: { reason: "unknownPool" } },
    });
  });

  it("ARB-39: an admin books transfers by hash, once per idempotency key, with an audit entry", async () => {
    const ask = (transactionHashes: readonly string[], key?: string) =>
      service.ask(
        "admin",
        "POST",
        "/v1/transfers",
        { transactionHashes, reason: "a top-up" },
        {
          ...(key !== undefined && { "idempotency-key": key }),
        },
      );
    expect((await ask([EXAMPLE_HASH])).body).toMatchObject({
      code: "IDEMPOTENCY_KEY_INVALID",
      facts: { reason: "this route requires a key" },
    });
    const booked = await ask([EXAMPLE_HASH], "key-one");
    expect(booked).toMatchObject({
      status: 200,
      body: { items: [{ asset: "coin", kind: "transfer", amount: "5", transactionHash: EXAMPLE_HASH }] },
    });
    expect((await ask([EXAMPLE_HASH], "key-one")).headers["idempotency-replayed"]).toBe("true");
    const missing = await ask([OPPORTUNITY_ID], "key-two");
    expect(missing).toMatchObject({ status: 404, body: { code: "TRANSFER_UNKNOWN" } });
    expect((await ask([], "key-three")).status).toBe(400);
    const entries = (await service.audit.read(0, 99)).filter(({ action }) => action === "bookTransfers");
    expect(entries.map(({ outcome, facts }) => [outcome, facts.transactionHashes, facts.reason])).toEqual(
      expect.arrayContaining([
        ["done", EXAMPLE_HASH, "a top-up"],
        ["refused", OPPORTUNITY_ID, "a top-up"],
      ]),
    );
    const asked = await service.ask("operator", "POST", "/v1/transfers", {
      transactionHashes: [EXAMPLE_HASH],
    });
    expect(asked.status).toBe(403);
  });

  it("excluded pools show the reason", async () => {
    const { body } = await service.ask("viewer", "GET", "/v1/pools");
    expect(body.items).toMatchObject([
      { isCertain: false, reason: expect.stringMatching(/feeOnTransfer/), state: { reserve0: "10000" } },
      { isCertain: false, reason: "SAMPLE", state: null },
    ]);
    const page = await service.ask("viewer", "GET", "/v1/pools?limit=1");
    const rest = await service.ask("viewer", "GET", `/v1/pools?limit=1&cursor=${page.body.next}`);
    expect(rest.body).toMatchObject({ items: [{ reason: "SAMPLE" }], next: null });
  });
});

it("ARB-36: a client resumes after its last event, and chooses types", async () => {
  const service = await openTestService();
  const tell = (kind: string) => service.events.announce([{ kind, data: {} }]);
  for (const kind of ["risk.changed", "risk.changed", "prices.changed"]) await tell(kind);
  await service.server.listen({ host: "127.0.0.1", port: 0 });
  const { port } = service.server.server.address() as AddressInfo;
  const token = await service.tokenOf({ kind: "role", role: "viewer" });
  const url = `ws://127.0.0.1:${port}/v1/events?after=1&types=risk.changed,config.changed`;
  const socket = new WebSocket(url, ["trellis.v1", `bearer.${token}`]);
  const seen: number[] = [];
  const first = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  socket.addEventListener("message", ({ data }) => {
    seen.push((JSON.parse(String(data)) as { position: number }).position);
    if (seen.length === 1) first.resolve();
    if (seen.length === 2) second.resolve();
  });
  await first.promise;
  await tell("config.changed");
  await second.promise;
  expect(seen).toEqual([2, 4]);
  socket.close();
  await service.server.close();
});

it("ARB-36: a block's events are changed prices, opportunities, executions and risk", async () => {
  const { risk } = await openTestService();
  const newsOf = createBlockEvents({
    risk,
    limits: () => LIMITS,
    killSwitch: async () => undefined,
    prices,
    ledger: fakeLedger(),
  });
  const block = { height: 7, hash: `0x${"bb".repeat(32)}` };
  const trade = { id: OPPORTUNITY_ID, outcome: "submitted", code: "submitted" };
  const passed = { id: OPPORTUNITY_ID, outcome: "refused", code: "beyondTradesMax" };
  const job = { id: OPPORTUNITY_ID, outcome: "executed", profitWei: 5n, gasWei: 2n };
  const report = { block, trades: [trade, passed], jobs: [job] } as unknown as BlockReport;
  const events = await newsOf(report);
  expect(events.map(({ kind }) => kind)).toEqual([
    ...["prices.changed", "opportunity.found", "execution.changed", "execution.changed", "risk.changed"],
  ]);
  expect(events[3]).toMatchObject({ data: { outcome: "executed", profitWei: "5" } });
  expect(events[1]).toMatchObject({ data: { id: OPPORTUNITY_ID, amountIn: "1000" } });
  expect(await newsOf({ ...report, trades: [], jobs: [] })).toEqual([]);
});
