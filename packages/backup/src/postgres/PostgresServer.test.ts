import { startPostgresPair } from "@trellis/kit";
import { expect, it } from "vitest";
import { PostgresServer } from "./PostgresServer.ts";

it("backs up the primary of several hosts, also after a failover", async () => {
  const pair = await startPostgresPair();
  if (!("url" in pair)) throw new Error(pair.reason);
  try {
    const standbyFirst = pair.url.replace(/@([^,]+),([^/]+)\//, "@$2,$1/");
    const server = new PostgresServer(standbyFirst);
    expect(await server.createRestorePoint("before")).toMatchObject({ timeline: 1 });
    await pair.killPrimary();
    await pair.promoteStandby();
    while ((await server.createRestorePoint("after").catch(() => undefined))?.timeline !== 2);
  } finally {
    await pair.stop();
  }
});

it("BACKUP_POSTGRES_REFUSED: an invalid URL, and hosts that do not answer", async () => {
  expect(() => new PostgresServer("mysql://a/b")).toThrow("PostgreSQL cannot be backed up");
  const server = new PostgresServer("postgres://127.0.0.1:1,127.0.0.1:2/x");
  await expect(server.facts()).rejects.toMatchObject({
    code: "BACKUP_POSTGRES_REFUSED",
    facts: { reason: expect.stringContaining("ECONNREFUSED") },
  });
});
