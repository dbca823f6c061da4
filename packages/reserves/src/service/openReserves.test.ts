import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestReserves } from "./testing/openTestReserves.ts";

const folder = mkdtempSync(join(tmpdir(), "trellis-open-reserves-"));
let service: Awaited<ReturnType<typeof openTestReserves>>;
beforeAll(async () => {
  chmodSync(folder, 0o755);
  service = await openTestReserves({ dataDir: folder, custodian: "exchange.example" });
});
afterAll(async () => {
  await service.stop();
  rmSync(folder, { recursive: true });
});

it("only the owner can enter the data directory, also a directory that others could read", () => {
  for (const path of [folder, join(folder, "db"), join(folder, "keys")])
    expect(statSync(path).mode & 0o777, path).toBe(0o700);
});

it("API-16: without event delivery the service answers, stays ready, and reports it by a metric", async () => {
  const { ask, metrics, database } = service;
  const figures = async () =>
    (await metrics.render()).split("\n").filter((line) => line.startsWith("trellis_events_followed{"));
  const followed = (value: number) =>
    expect
      .poll(figures)
      .toEqual(["push", "relay"].map((reader) => `trellis_events_followed{reader="${reader}"} ${value}`));
  await followed(1);
  await database.script("ALTER TABLE reserves_events.events RENAME TO away");
  await followed(0);
  expect((await ask("/ready")).status).toBe(200);
  expect((await ask("/v1/customers")).status).toBe(200);
  await database.script("ALTER TABLE reserves_events.away RENAME TO events");
  await followed(1);
});

it("RESERVES_IDENTITY_DIFFERS: does not create the key of an existing database again, and writes nothing; incomplete anchoring and a used port are refused first", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "trellis-lost-key-"));
  const open = (flags = {}) => openTestReserves({ dataDir, custodian: "exchange.example", ...flags });
  await expect(open({ anchorChain: 1 })).rejects.toMatchObject({
    code: "CONFIG_INVALID_VALUE",
    facts: { reason: "anchoring settings incomplete" },
  });
  const port = Number(new URL(service.url).port);
  await expect(open({ port })).rejects.toMatchObject({ code: "PORT_UNAVAILABLE", facts: { port } });
  expect(readdirSync(dataDir)).toEqual([]);
  await (await open()).stop();
  const file = join(dataDir, "keys/keys.json");
  const key = readFileSync(file, "utf8");
  rmSync(file);
  await expect(open()).rejects.toMatchObject({
    code: "RESERVES_IDENTITY_DIFFERS",
    facts: { reason: "service key missing", file },
  });
  expect(existsSync(file)).toBe(false);
  writeFileSync(file, key);
  await (await open()).stop();
  rmSync(dataDir, { recursive: true });
});

it("SNAP-12: a snapshot that cannot be built fails at once with its code, and an admin ends any unsigned one", async () => {
  const { ask, database } = service;
  const read = async (path: string) => (await ask(path)).json() as Promise<{ items: unknown[] }>;
  const jobOf = (id: string) => read(`/v1/jobs/snapshot/${id}`);
  const take = async (): Promise<string> => {
    const answer = await ask("/v1/snapshots", { method: "POST", body: {} });
    return ((await answer.json()) as { id: string }).id;
  };
  const begun = (assets: object) =>
    database.query(
      `INSERT INTO reserves_snapshots.snapshots
      VALUES (1, 'building', decode(repeat('ab', 32), 'hex'), 1, $1, 1, 0, NULL, NULL)`,
      [
        JSON.stringify({
          scheme: "sum",
          assets,
          hasDebt: false,
          depth: null,
          blockHeights: {},
          priceSetHash: null,
        }),
      ],
    );
  const post = async (path: string, body: object) => {
    const answer = await ask(path, { method: "POST", body });
    expect(answer.ok, await answer.text()).toBe(true);
  };
  await post("/v1/assets", { id: "BTC", decimals: 8 });
  await post("/v1/customers", { ids: ["alice"] });
  const entry = { key: "d-1", customer: "alice", asset: "BTC", kind: "deposit", amount: "5" };
  await post("/v1/entries", { entries: [{ ...entry, reference: "r", happenedAtMs: 1 }] });

  await begun(Array.from({ length: 257 }, (_, n) => ({ symbol: `A${n}`, decimals: 8 })));
  const first = await take();
  await expect
    .poll(() => jobOf(first))
    .toMatchObject({
      state: "dead",
      attempts: 1,
      output: {
        code: "LIABILITIES_INPUT_INVALID",
        message: expect.stringContaining("invalid asset list of a snapshot"),
      },
    });
  await begun([{ symbol: "BTC", decimals: 8 }]);
  expect((await ask("/v1/snapshots/1", { method: "DELETE" })).status).toBe(204);
  expect((await ask("/v1/snapshots/1", { method: "DELETE" })).status).toBe(404);
  expect((await read("/v1/snapshots")).items).toEqual([]);
  const second = await take();
  await expect.poll(() => jobOf(second)).toMatchObject({ state: "done", output: { value: { number: 1 } } });
  expect((await ask("/v1/snapshots/1", { method: "DELETE" })).status).toBe(409);
});
