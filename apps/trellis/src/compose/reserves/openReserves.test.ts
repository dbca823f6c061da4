import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openTestReserves } from "../../fixtures/openTestReserves.ts";

const folder = mkdtempSync(join(tmpdir(), "trellis-open-reserves-"));
let service: Awaited<ReturnType<typeof openTestReserves>>;
beforeAll(async () => {
  service = await openTestReserves({ dataDir: folder, custodian: "exchange.example" });
}, 180_000);
afterAll(async () => {
  await service.stop();
  rmSync(folder, { recursive: true });
});

it("API-16: who cannot be told of events is still answered: a figure tells it, and the process stays ready", async () => {
  const { ask, metrics, database } = service;
  const figures = async () =>
    (await metrics.render()).split("\n").filter((line) => line.startsWith("trellis_events_followed{"));
  const followed = (value: number) =>
    expect
      .poll(figures, { timeout: 30_000 })
      .toEqual(["push", "relay"].map((reader) => `trellis_events_followed{reader="${reader}"} ${value}`));
  await followed(1);
  await database.script("ALTER TABLE reserves_events.events RENAME TO away");
  await followed(0);
  expect((await ask("/ready")).status).toBe(200);
  expect((await ask("/v1/customers")).status).toBe(200);
  await database.script("ALTER TABLE reserves_events.away RENAME TO events");
  await followed(1);
});
