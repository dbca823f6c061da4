import { describe, expect, it } from "vitest";
import { createCustodian } from "./createCustodian.ts";
import { createCustomer } from "./createCustomer.ts";
import { createReservesClient, type ReservesClientOptions } from "./createReservesClient.ts";

interface Sent {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

const code = (name: string, facts: object = {}) =>
  expect.objectContaining({ code: name, facts: expect.objectContaining(facts) });
const URL_OF_TEST = "https://reserves.example";

function clientOf(answers: (Response | Error)[], options: Partial<ReservesClientOptions> = {}) {
  const sent: Sent[] = [];
  const pauses: number[] = [];
  let keys = 0;
  const client = createReservesClient(
    { url: URL_OF_TEST, token: "trk_test", ...options },
    {
      async fetch(target, init = {}) {
        const headers = init.headers as Record<string, string>;
        const body = typeof init.body === "string" ? JSON.parse(init.body) : undefined;
        sent.push({
          method: init.method ?? "",
          target: String(target).slice(URL_OF_TEST.length),
          headers,
          body,
        });
        const answer = answers.shift();
        if (answer === undefined || answer instanceof Error) throw answer ?? new TypeError("fetch failed");
        return answer;
      },
      pause: async (ms) => void pauses.push(ms),
      newKey: () => `key-${++keys}`,
    },
  );
  return { client, sent, pauses };
}

const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(value), { status, headers });

describe("client of a reserves service", () => {
  it("puts its arguments where the OpenAPI document says", async () => {
    const { client, sent } = clientOf([
      json({ items: [], next: null }),
      json({ balances: [] }),
      new Response(),
    ]);
    await client.call("listEntries", { limit: 7 });
    await client.call("getBalances", { customerId: "a/b ?", position: "3" });
    expect(await client.call("cancelJob", { kind: "snapshot", jobId: "1" })).toBeUndefined();
    expect(sent.map(({ method, target }) => `${method} ${target}`)).toEqual([
      "GET /v1/entries?limit=7",
      "GET /v1/customers/a%2Fb%20%3F/balances?position=3",
      "DELETE /v1/jobs/snapshot/1",
    ]);
    expect(sent[0]?.headers).toEqual({ accept: "application/json", authorization: "Bearer trk_test" });
  });

  it("repeats reads and requests with an idempotency key, after the time in Retry-After", async () => {
    const busy = () => json({ code: "OVERLOADED" }, 503, { "retry-after": "2" });
    const { client, sent, pauses } = clientOf([busy(), new TypeError("lost"), json({ addedCount: 1 }, 201)]);
    expect(await client.call("addCustomers", { body: { ids: ["a"] } })).toEqual({ addedCount: 1 });
    expect(sent.map(({ headers }) => headers["idempotency-key"])).toEqual(["key-1", "key-1", "key-1"]);
    expect(pauses).toEqual([2_000, 800]);
  });

  it("SERVICE_UNREACHABLE: after the last attempt; a request that is not idempotent is sent once", async () => {
    const reads = clientOf([]);
    await expect(reads.client.call("getSelf", {})).rejects.toThrowError(code("SERVICE_UNREACHABLE"));
    expect(reads.sent).toHaveLength(3);
    const writes = clientOf([]);
    const adding = writes.client.call("addAsset", { body: { id: "BTC", decimals: 8 } });
    await expect(adding).rejects.toThrowError(code("SERVICE_UNREACHABLE"));
    expect(writes.sent).toHaveLength(1);
  });

  it("SERVICE_REFUSED: with the service's code, also without a body", async () => {
    const problem = {
      code: "ROW_FORBIDDEN",
      hint: "no",
      correlationId: "c1",
      issues: [{ pointer: "/a", reason: "b" }],
    };
    const { client } = clientOf([json(problem, 403), new Response("<html>", { status: 502 })]);
    const asking = () => client.call("getBalances", { customerId: "bob" });
    await expect(asking()).rejects.toThrowError(
      code("SERVICE_REFUSED", { status: 403, refusal: "ROW_FORBIDDEN", correlationId: "c1", first: "/a b" }),
    );
    await expect(asking()).rejects.toThrowError(code("SERVICE_REFUSED", { status: 502, refusal: undefined }));
  });

  it("SERVICE_REFUSED", async () => {
    const { client } = clientOf([new Response("<html>")]);
    await expect(client.call("getSelf", {})).rejects.toThrowError(
      code("SERVICE_REFUSED", { reason: "invalid response" }),
    );
  });

  it("reads lists page by page", async () => {
    const { client, sent } = clientOf([json({ items: [1, 2], next: "c" }), json({ items: [3], next: null })]);
    const items = await Array.fromAsync(client.pages("listCustomers", { limit: 2 }));
    expect(items).toEqual([1, 2, 3]);
    expect(sent.map(({ target }) => target)).toEqual([
      "/v1/customers?limit=2",
      "/v1/customers?limit=2&cursor=c",
    ]);
  });
});

describe("custodian", () => {
  const entry = (n: number, reference = `r${n}`) => ({
    key: `k${n}`,
    customer: "c",
    asset: "BTC",
    kind: "deposit" as const,
    amount: "1",
    reference,
    happenedAtMs: 1,
  });

  it("enters in batches, and keeps entries with one reference together", async () => {
    const entries = [
      ...Array.from({ length: 4_999 }, (_, n) => entry(n)),
      entry(1, "t"),
      entry(2, "t"),
      entry(3),
    ];
    const counts = { enteredCount: 1, replayedCount: 2, position: "1" };
    const { client, sent } = clientOf([json(counts, 201), json(counts, 201)]);
    expect(await createCustodian(client).enter(entries)).toEqual({ enteredCount: 2, replayedCount: 4 });
    const sizes = sent.map(({ body }) => (body as { entries: unknown[] }).entries.length);
    expect(sizes).toEqual([5_001, 1]);
  });

  it("SERVICE_REFUSED: waits for the snapshot's job, and not for a failed one", async () => {
    const added = () => json({ kind: "snapshot", id: "7" }, 202);
    const job = (state: string) => json({ state, attempts: 1, output: { value: { number: 1 } } });
    const done = clientOf([added(), job("running"), job("done")]);
    expect(await createCustodian(done.client, async () => {}).takeSnapshot()).toBe(1);
    const dead = clientOf([added(), job("dead")]);
    const taking = createCustodian(dead.client, async () => {}).takeSnapshot();
    await expect(taking).rejects.toThrowError(
      code("SERVICE_REFUSED", { reason: "job ended without a snapshot", state: "dead" }),
    );
  });
});

describe("customer", () => {
  it("LIAB-16: verifies the newest signed snapshot's proof locally, against its record, and compares it with the ledger", async () => {
    const snapshots = {
      items: [
        { number: 3, state: "building" },
        { number: 2, state: "signed" },
      ],
      next: null,
    };
    const balances = [
      { asset: "BTC", amount: "5" },
      { asset: "USD", amount: "7" },
    ];
    const [rootRecordHash, snapshotId] = [`0x${"ab".repeat(32)}`, `0x${"01".repeat(32)}`];
    const { client, sent } = clientOf([
      json(snapshots),
      json({ record: { ledgerPosition: "9", rootRecordHash, snapshotId } }),
      json({ a: "proof" }),
      json({ balances }),
    ]);
    const checked = await createCustomer(client, "alice").check((proof, expected) => {
      expect(new TextDecoder().decode(proof)).toBe('{"a":"proof"}');
      expect(expected).toEqual({
        customerId: "alice",
        recordHash: new Uint8Array(32).fill(0xab),
        snapshotId: new Uint8Array(32).fill(1),
      });
      return { isValid: true, balances: { BTC: 5n, USD: 6n } };
    });
    expect(checked).toMatchObject({
      isValid: true,
      snapshot: 2,
      recordHash: rootRecordHash,
      differing: ["USD"],
    });
    expect(sent.at(-1)?.target).toBe("/v1/customers/alice/balances?position=9");
  });
});
