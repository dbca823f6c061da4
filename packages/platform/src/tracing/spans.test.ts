import type { SpanOptions, TraceContext } from "@trellis/base";
import { silentLog, silentMetrics } from "@trellis/base";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { openDatabase } from "../db/index.ts";
import { httpErrors } from "../http/errors.ts";
import { defineRoute } from "../http/route.ts";
import { openTestApi, type TestApi } from "../http/testing/openTestApi.ts";
import { countingRandom } from "../http/testing/TestTime.ts";
import type { AddOptions, Jobs } from "../jobs/Jobs.ts";
import { traceJobs } from "../jobs/traceJobs.ts";
import { systemClock, systemRandom, systemScheduler } from "../system/index.ts";
import { createTracing, type SpanSink } from "./createTracing.ts";

interface Ended {
  readonly name: string;
  readonly options: SpanOptions;
  readonly context: TraceContext;
  readonly parent: TraceContext | undefined;
  readonly error: unknown;
}

let ended: Ended[];
const sink: SpanSink = {
  begin: (name, options, context, parent) => (error) => {
    ended.push({ name, options, context, parent, error });
  },
  close: async () => {},
};
const tracing = createTracing(1, { random: countingRandom(), sink });
beforeEach(() => {
  ended = [];
});

describe("spans of a service", () => {
  const database = openDatabase(
    { url: "pglite:" },
    {
      log: silentLog,
      metrics: silentMetrics,
      tracing,
      clock: systemClock,
      scheduler: systemScheduler,
      random: systemRandom,
    },
  );
  let api: TestApi;
  beforeEach(async () => {
    const shape = {
      method: "GET",
      tag: "t",
      summary: "s",
      access: { kind: "public" },
      errors: [],
      answer: { status: 200, description: "d", schema: z.strictObject({ rows: z.int() }) },
    } as const;
    const reading = defineRoute({ ...shape, id: "readThings", path: "/things" }, async () => ({
      rows: (await database.query("SELECT 1 AS one")).rows.length,
    }));
    const refusing = defineRoute({ ...shape, id: "refuse", path: "/refused" }, () => {
      throw httpErrors.CURSOR_INVALID();
    });
    const breaking = defineRoute({ ...shape, id: "break", path: "/broken" }, () => {
      throw new Error("a defect");
    });
    api = await openTestApi([reading, refusing, breaking], { tracing });
  });
  afterEach(() => api.server.close());

  it("a request's span continues the client's trace, is named in the answer, and contains its statements", async () => {
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
    const answer = await api.server.inject({ url: "/things", headers: { traceparent } });
    expect(answer.statusCode).toBe(200);
    await expect.poll(() => ended).toHaveLength(2);
    const [statement, request] = ended;
    expect(request).toMatchObject({
      name: "readThings",
      options: { kind: "server", facts: { "http.route": "/things", "http.request.method": "GET" } },
      parent: { traceId, spanId: "b7ad6b7169203331" },
    });
    expect(answer.headers.traceparent).toBe(`00-${traceId}-${request?.context.spanId}-01`);
    expect(statement).toMatchObject({
      name: "db SELECT",
      options: { kind: "client" },
      parent: { traceId, spanId: request?.context.spanId },
    });
  });

  it("a client's error does not mark a span as failed; a defect does", async () => {
    await api.server.inject({ url: "/refused" });
    await expect.poll(() => ended).toHaveLength(1);
    await api.server.inject({ url: "/broken" });
    await expect.poll(() => ended).toHaveLength(2);
    expect(ended.map(({ name, error }) => [name, error === undefined])).toEqual([
      ["refuse", true],
      ["break", false],
    ]);
  });

  it("statements without a trace have no span", async () => {
    await database.query("SELECT 1");
    expect(ended).toEqual([]);
  });

  it("a job continues the trace of the request that added it", async () => {
    const added: (string | undefined)[] = [];
    let begun: ((job: object) => Promise<unknown>) | undefined;
    const queue = {
      add: async (_kind: string, _data: object, options?: AddOptions) =>
        void added.push(options?.traceparent),
      work: async (_kind: string, run: (job: object) => Promise<unknown>) => {
        begun = run;
      },
    } as unknown as Jobs;
    const traced = traceJobs(queue, tracing);
    await tracing.span("request", {}, () => traced.add("snapshot", {}));
    await traced.add("snapshot", {});
    await traced.work("snapshot", () => database.query("SELECT 1"));
    await begun?.({ id: "7", attempt: 2, traceparent: added[0] });
    expect(added[1]).toBeUndefined();
    const [producer, request, statement, run] = ended;
    expect(producer).toMatchObject({ name: "add snapshot", parent: request!.context });
    expect(run).toMatchObject({
      name: "job snapshot",
      options: { facts: { "trellis.job.id": "7", "trellis.job.attempt": 2 } },
      parent: producer!.context,
    });
    expect(statement).toMatchObject({ name: "db SELECT", parent: run!.context });
    expect(traceJobs(queue, undefined)).toBe(queue);
  });
});
