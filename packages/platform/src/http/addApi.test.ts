import fc from "fast-check";
import type { InjectOptions } from "fastify";
import { afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { contentDigest } from "./signatures/contentDigest.ts";
import { openTestApi, type TestApi } from "./testing/openTestApi.ts";
import { FULL, made, ROUTES, STAFF, thing } from "./testing/testRoutes.ts";

let api: TestApi;
afterEach(() => api.server.close());

const ADMIN = { authorization: "Bearer admin" };

async function ask(options: InjectOptions) {
  const answer = await api.server.inject(options);
  const isJson = String(answer.headers["content-type"]).includes("json");
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: isJson ? answer.json() : answer.payload,
    raw: answer.rawPayload,
  };
}

function post(body: unknown, headers: Record<string, string> = {}) {
  return ask({
    method: "POST",
    url: "/v1/things",
    headers: { ...ADMIN, "content-type": "application/json", "idempotency-key": "key-1", ...headers },
    payload:
      typeof body === "string" || body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body),
  });
}

describe("API", () => {
  it("answers by its schema, with a correlation id and the client's trace", async () => {
    api = await openTestApi(ROUTES);
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const answer = await ask({
      url: "/v1/things/a",
      headers: { traceparent, "x-request-id": "my-request-1" },
    });
    expect(answer).toMatchObject({ status: 200, body: FULL });
    expect(answer.headers["x-request-id"]).toBe("my-request-1");
    expect(answer.headers.traceparent).toMatch(
      /^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01$/,
    );
    const own = await ask({ url: "/v1/things/a", headers: { "x-request-id": "<script>" } });
    expect(own.headers["x-request-id"]).toMatch(/^[0-9a-f]{32}$/);
    expect(own.headers["content-security-policy"]).toContain("default-src 'none'");
  });

  it("a thrown code becomes problem details with facts, hint and correlation id", async () => {
    api = await openTestApi(ROUTES);
    const { status, headers, body } = await ask({ url: "/v1/things/missing" });
    expect(status).toBe(404);
    expect(headers["content-type"]).toContain("application/problem+json");
    expect(body).toEqual({
      type: "urn:trellis:error:THING_UNKNOWN",
      title: "Not Found",
      status: 404,
      code: "THING_UNKNOWN",
      detail: "there is no such thing",
      hint: "make one",
      consequence: "reject",
      facts: { name: "missing" },
      correlationId: headers["x-request-id"],
    });
  });

  it("INTERNAL: a defect reveals only its correlation id", async () => {
    api = await openTestApi(ROUTES);
    const { status, body } = await ask({ url: "/v1/things/broken" });
    expect(status).toBe(500);
    expect(body.code).toBe("INTERNAL");
    expect(JSON.stringify(body)).not.toContain("secret");
    expect(api.logged).toEqual(["request.failed"]);
  });

  it("ANSWER_INVALID: does not send an answer that violates its schema", async () => {
    api = await openTestApi(ROUTES);
    expect(await ask({ url: "/v1/things/wrong" })).toMatchObject({
      status: 500,
      body: { code: "ANSWER_INVALID", facts: {} },
    });
  });

  it("NOT_FOUND, METHOD_NOT_ALLOWED", async () => {
    api = await openTestApi(ROUTES);
    expect(await ask({ url: "/v1/nothing" })).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    const refused = await ask({ method: "DELETE", url: "/v1/things" });
    expect(refused).toMatchObject({ status: 405, body: { code: "METHOD_NOT_ALLOWED" } });
    expect(refused.headers.allow).toBe("POST, GET");
  });

  it("REQUEST_MALFORMED: a path that cannot be decoded", async () => {
    api = await openTestApi(ROUTES);
    expect(await ask({ url: "/v1/things/%E0%A4%A" })).toMatchObject({
      status: 400,
      body: { code: "REQUEST_MALFORMED" },
    });
  });

  it("API-4: names unknown fields of a query and of a body: the first five, truncated, sanitized", async () => {
    api = await openTestApi(ROUTES);
    const issuesOf = async (answer: ReturnType<typeof ask>) => (await answer).body.issues;
    expect(await issuesOf(ask({ url: "/v1/things?limt=2" }))).toEqual([
      { pointer: "/query", reason: "1 unknown field: limt" },
    ]);
    const long = "x".repeat(33);
    const unknown = Object.fromEntries([long, "b\u001b<c>", "d", "e", "f", "g"].map((name) => [name, 1]));
    expect(await issuesOf(post({ ...FULL, ...unknown }))).toEqual([
      { pointer: "/body", reason: `6 unknown fields: ${"x".repeat(32)}, b??c?, d, e, f, …` },
    ]);
  });

  it("REQUEST_INVALID: names each invalid field, and repeats no value", async () => {
    api = await openTestApi(ROUTES);
    const { status, body } = await post({ ...FULL, amount: "-1", tags: [1], "<mark>": "<evil>" });
    expect(status).toBe(400);
    expect(body.code).toBe("REQUEST_INVALID");
    const pointers = body.issues.map(({ pointer }: { pointer: string }) => pointer);
    expect(pointers).toEqual(expect.arrayContaining(["/body/amount", "/body/tags/0", "/body"]));
    expect(JSON.stringify(body)).not.toMatch(/evil|</);
    expect(await ask({ url: "/v1/things?limit=0" })).toMatchObject({ status: 400 });
    expect(await ask({ url: "/v1/things?unknown=1" })).toMatchObject({ status: 400 });
    expect(await ask({ url: `/v1/things/${"x".repeat(33)}` })).toMatchObject({ status: 400 });
  });

  it.each([
    ["BODY_MALFORMED", "{", {}, 400],
    ["BODY_MALFORMED", '{"__proto__":{"isAdmin":true}}', {}, 400],
    ["BODY_MALFORMED", new Uint8Array([0x22, 0xff, 0x22]), {}, 400],
    ["REQUEST_BODY_TOO_LARGE", " ".repeat(4_097), {}, 413],
    ["MEDIA_TYPE_UNSUPPORTED", "<a/>", { "content-type": "application/xml" }, 415],
    ["MEDIA_TYPE_UNSUPPORTED", "{}", { "content-type": "application/x-protobuf" }, 415],
    ["MEDIA_TYPE_UNSUPPORTED", "{}", { "content-encoding": "gzip" }, 415],
    ["IDEMPOTENCY_KEY_INVALID", FULL, { "idempotency-key": "two words" }, 400],
    ["NOT_ACCEPTABLE", FULL, { accept: "text/html" }, 406],
    ["NOT_ACCEPTABLE", FULL, { accept: "application/protobuf" }, 406],
    ["CONTENT_DIGEST_MISMATCH", FULL, { "content-digest": contentDigest(Buffer.from("other")) }, 400],
  ])("%s (%#)", async (code, body, headers, status) => {
    api = await openTestApi(ROUTES);
    expect(await post(body, headers as Record<string, string>)).toMatchObject({ status, body: { code } });
  });

  it("BODY_MALFORMED: no body", async () => {
    api = await openTestApi(ROUTES);
    const body = { code: "BODY_MALFORMED", facts: { reason: "no body" } };
    expect(await post("", {})).toMatchObject({ status: 400, body });
  });

  it("IDEMPOTENCY_KEY_INVALID: the route needs one", async () => {
    api = await openTestApi(ROUTES);
    const headers = { ...ADMIN, "content-type": "application/json" };
    const answer = await ask({ method: "POST", url: "/v1/things", headers, payload: JSON.stringify(FULL) });
    const body = { code: "IDEMPOTENCY_KEY_INVALID", facts: { reason: "this route requires a key" } };
    expect(answer).toMatchObject({ status: 400, body });
  });

  it("REQUEST_TIMEOUT: a handler that never ends", async () => {
    api = await openTestApi(ROUTES);
    expect(await ask({ url: "/v1/slow" })).toMatchObject({ status: 503, body: { code: "REQUEST_TIMEOUT" } });
  });

  it("OVERLOADED: too many concurrent requests", async () => {
    api = await openTestApi(ROUTES, { inFlightMax: 1 });
    const first = ask({ url: "/v1/slow" });
    expect(await ask({ url: "/v1/things" })).toMatchObject({ status: 503, body: { code: "OVERLOADED" } });
    await first;
    expect(await ask({ url: "/v1/things" })).toMatchObject({ status: 200 });
  });

  it("RATE_LIMITED: by cost, with headers, and it recovers with time", async () => {
    api = await openTestApi(ROUTES, { cost: 14 });
    const balance = () =>
      ask({ url: "/v1/customers/alice/balance", headers: { authorization: "Bearer customer:alice" } });
    expect((await balance()).headers["ratelimit-remaining"]).toBe("9");
    await balance();
    const refused = await balance();
    expect(refused).toMatchObject({ status: 429, body: { code: "RATE_LIMITED" } });
    api.time.move(Number(refused.headers["retry-after"]) * 1_000);
    expect(await balance()).toMatchObject({ status: 200 });
  });

  it("API-14: by cost also on anonymous routes", async () => {
    const dear = ROUTES.map((route) =>
      route.shape.path === "/v1/report" ? { ...route, shape: { ...route.shape, cost: 6 } } : route,
    );
    api = await openTestApi(dear, { cost: 14 });
    const report = () => ask({ url: "/v1/report", headers: { accept: "text/csv" } });
    expect((await report()).headers["ratelimit-remaining"]).toBe("8");
    await report();
    expect(await report()).toMatchObject({ status: 429, body: { code: "RATE_LIMITED" } });
  });

  it("a document has its own media type", async () => {
    api = await openTestApi(ROUTES);
    const answer = await ask({ url: "/v1/report", headers: { accept: "text/csv" } });
    expect(answer).toMatchObject({ status: 200, body: "a,b\r\n" });
    expect(answer.headers["content-type"]).toBe("text/csv; charset=utf-8");
    expect(await ask({ url: "/v1/report", headers: { accept: "application/pdf" } })).toMatchObject({
      status: 406,
    });
  });
});

describe("documents", () => {
  const long = (parts: number, accept?: string) =>
    ask({ url: `/v1/long-report?parts=${parts}`, headers: accept === undefined ? {} : { accept } });

  it("API-22: selects the form that Accept prefers, the first of equals; NOT_ACCEPTABLE", async () => {
    api = await openTestApi(ROUTES);
    for (const [accept, type] of [
      [undefined, "text/plain"],
      ["*/*", "text/plain"],
      ["text/*", "text/plain"],
      ["text/csv", "text/csv"],
      ["text/plain;q=0.5, text/csv", "text/csv"],
      ["text/csv;q=0, */*", "text/plain"],
    ] as const) {
      const answer = await long(1, accept);
      expect(answer.headers["content-type"]).toBe(`${type}; charset=utf-8`);
      expect(answer.body).toBe(`${type}; charset=utf-8 1\n`);
    }
    expect(await long(1, "application/pdf")).toMatchObject({ status: 406, body: { code: "NOT_ACCEPTABLE" } });
  });

  it("API-22: streams a long document; a failure ends the connection early", async () => {
    api = await openTestApi(ROUTES);
    const whole = await long(6);
    expect(String(whole.body).split("\n")).toHaveLength(7);
    const url = await api.server.listen({ host: "127.0.0.1", port: 0 });
    const answer = await fetch(`${url}/v1/long-report?parts=9`);
    await expect(answer.text()).rejects.toThrow();
    expect((await fetch(`${url}/v1/long-report?parts=1`)).status).toBe(200);
  });
});

describe("authorization", () => {
  const balance = (authorization?: string, customerId = "alice") =>
    ask({
      url: `/v1/customers/${customerId}/balance`,
      headers: authorization === undefined ? {} : { authorization },
    });

  it("AUTHENTICATION_MISSING, TOKEN_INVALID: 401 with a challenge", async () => {
    api = await openTestApi(ROUTES);
    const answer = await balance();
    expect(answer).toMatchObject({ status: 401, body: { code: "AUTHENTICATION_MISSING" } });
    expect(answer.headers["www-authenticate"]).toContain("Bearer");
    expect(await balance("Bearer forged")).toMatchObject({
      status: 401,
      body: { code: "TOKEN_INVALID", facts: { reason: "signature does not match" } },
    });
  });

  it("ROLE_FORBIDDEN, ROW_FORBIDDEN: a customer reads only its own rows", async () => {
    api = await openTestApi(ROUTES);
    expect(await balance("Bearer auditor")).toMatchObject({ status: 403, body: { code: "ROLE_FORBIDDEN" } });
    expect(await balance("Bearer customer:alice")).toMatchObject({ status: 200, body: { amount: "7" } });
    expect(await balance("Bearer customer:alice", "bob")).toMatchObject({
      status: 403,
      body: { code: "ROW_FORBIDDEN" },
    });
    expect(await balance("Bearer admin", "bob")).toMatchObject({ status: 200 });
  });

  it.each([
    ["a path has the parameters of its schema", { params: z.strictObject({}) }],
    ["rows of a parameter need customerId in the path", { path: "/v1/x", params: z.strictObject({}) }],
    ["a GET request has no body", { body: thing }],
    ["a path with a customer is personal", { access: STAFF }],
  ])("ARGUMENT_INVALID: %s", async (rule, change) => {
    const shape = { ...ROUTES[3]!.shape, ...change };
    await expect(openTestApi([{ shape, handle: () => undefined }])).rejects.toMatchObject({
      code: "ARGUMENT_INVALID",
      facts: { rule },
    });
    api = await openTestApi([]);
  });
});

describe("idempotency key", () => {
  it("a repeated request returns the first answer, and runs once", async () => {
    api = await openTestApi(ROUTES);
    made.count = 0;
    const first = await post(FULL);
    const again = await post(FULL);
    expect(first.status).toBe(201);
    expect(again.body).toEqual(first.body);
    expect(again.headers).toMatchObject({ "idempotency-replayed": "true", location: "/v1/things/a" });
    expect(made.count).toBe(1);
  });

  it("of concurrent requests one runs, and all return its answer", async () => {
    api = await openTestApi(ROUTES);
    made.count = 0;
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(FULL)));
    expect(made.count).toBe(1);
    expect(new Set(answers.map(({ raw }) => raw.toString())).size).toBe(1);
  });

  it("IDEMPOTENCY_KEY_REUSED: for another body", async () => {
    api = await openTestApi(ROUTES);
    await post(FULL);
    const other = await post({ ...FULL, name: "b" });
    expect(other).toMatchObject({ status: 422, body: { code: "IDEMPOTENCY_KEY_REUSED" } });
  });

  it("a failed request may be retried", async () => {
    api = await openTestApi(ROUTES);
    made.count = 0;
    expect((await post({ ...FULL, name: "fails" })).status).toBe(500);
    expect((await post({ ...FULL, name: "fails" })).status).toBe(500);
    expect(made.count).toBe(2);
  });

  it("keys of different principals are separate", async () => {
    api = await openTestApi(ROUTES);
    made.count = 0;
    await post(FULL);
    await post({ ...FULL, name: "b" }, { authorization: "Bearer admin:2" });
    expect(made.count).toBe(2);
  });
});

describe("conditional requests", () => {
  it("304 for a client with the current version, in either encoding", async () => {
    api = await openTestApi(ROUTES);
    const first = await ask({ url: "/v1/things/a" });
    const etag = String(first.headers.etag);
    expect(etag).toMatch(/^W\/"/);
    const again = await ask({ url: "/v1/things/a", headers: { "if-none-match": `"other", ${etag}` } });
    expect(again).toMatchObject({ status: 304, body: "" });
    const other = await ask({ url: "/v1/things/b", headers: { "if-none-match": etag } });
    expect(other.status).toBe(200);
    const problem = await ask({ url: "/v1/things/missing", headers: { "if-none-match": "*" } });
    expect(problem.status).toBe(404);
  });

  it("PRECONDITION_MISSING, PRECONDITION_FAILED: a change must be based on the version that was read", async () => {
    api = await openTestApi(ROUTES);
    const rename = (headers: Record<string, string>) =>
      ask({
        method: "PUT",
        url: "/v1/things/a",
        headers: { ...ADMIN, "content-type": "application/json", ...headers },
        payload: '{"name":"b"}',
      });
    expect(await rename({})).toMatchObject({ status: 428, body: { code: "PRECONDITION_MISSING" } });
    expect(await rename({ "if-match": '"2"' })).toMatchObject({
      status: 412,
      body: { code: "PRECONDITION_FAILED" },
    });
    const done = await rename({ "if-match": '"2", "3"' });
    expect(done.status).toBe(204);
    expect(done.headers.etag).toBe('"4"');
  });
});

describe("pages", () => {
  it("lead from the first to the last", async () => {
    api = await openTestApi(ROUTES);
    const seen: string[] = [];
    let next: string | null = "";
    while (next !== null) {
      const { body } = await ask({ url: `/v1/things?limit=2${next === "" ? "" : `&cursor=${next}`}` });
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      next = body.next;
    }
    expect(seen).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("CURSOR_INVALID: of another list, or forged", async () => {
    api = await openTestApi(ROUTES);
    const { body } = await ask({ url: "/v1/things?limit=2" });
    const refused = { status: 400, body: { code: "CURSOR_INVALID" } };
    expect(await ask({ url: `/v1/things?limit=2&tag=x&cursor=${body.next}` })).toMatchObject(refused);
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[A-Za-z0-9_-]{1,80}$/), async (cursor) => {
        expect(await ask({ url: `/v1/things?limit=2&cursor=${cursor}` })).toMatchObject(refused);
      }),
      { numRuns: 50 },
    );
  });
});

it("any JSON is accepted or refused, and causes no defect", async () => {
  api = await openTestApi(ROUTES);
  await fc.assert(
    fc.asyncProperty(fc.json({ maxDepth: 5 }), async (text) => {
      expect((await post(text)).status).toBe(400);
    }),
    { numRuns: 300 },
  );
  expect((await post(`${"[".repeat(2_000)}`)).status).toBe(400);
  expect(api.logged).toEqual([]);
});
