import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeDatabases } from "@trellis/kit/databases";
import { placeEmbeddedDatabase } from "@trellis/kit/embedded";
import { runAndKill } from "@trellis/kit/killed";
import { afterAll, beforeAll, expect, it } from "vitest";
import { liabilityScheme } from "../liabilities/index.ts";
import { bytesOfTree, holds } from "./testing/bytesOfTree.ts";
import { openService, SERVICE, writeCsv } from "./testing/killedProcess.ts";

const LINES = 25_000;
const CUSTOMERS = 2_000;
const KILLS = {
  pglite: { import: [2, 3], snapshot: [1, 4] },
  postgres: { import: [1, 2, 2, 3], snapshot: [1, 2, 4, 5] },
};

describeDatabases("a process that is killed", (under) => {
  const directory = mkdtempSync(join(tmpdir(), "trellis-killed-"));
  beforeAll(() => placeEmbeddedDatabase(join(directory, "db")));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it("SNAP-7, LEDGER-12, LEDGER-14: import, snapshot and erasure resume after a kill; nothing is lost or duplicated", async () => {
    const url = under.url() ?? `pglite:${join(directory, "db")}`;
    const csv = join(directory, "entries.csv");
    writeCsv(csv, LINES, CUSTOMERS);
    const prepared = await openService(url);
    await prepared.ledger.addAsset({ symbol: "BTC", decimals: 8 });
    await prepared.ledger.addAsset({ symbol: "USD", decimals: 2 });
    await prepared.ledger.addCustomers(Array.from({ length: CUSTOMERS }, (_, n) => ({ reference: `c${n}` })));
    await prepared.database.close();

    const seen: { phase: string; lines: number }[] = [];
    for (const afterLines of KILLS[under.kind].import) {
      const lines = await runAndKill(SERVICE, ["import", url, csv], afterLines);
      seen.push(...lines.map((line) => JSON.parse(line)));
    }
    expect(new Set(seen.map(({ phase }) => phase))).toEqual(new Set(["read", "enter"]));
    const read = seen.filter(({ phase }) => phase === "read").map(({ lines }) => lines);
    expect(read).toEqual(read.toSorted((a, b) => a - b));
    const between = await openService(url);
    expect(await between.ledger.position()).toBe(0n);
    await between.database.close();
    const ended = await runAndKill(SERVICE, ["import", url, csv], Number.POSITIVE_INFINITY);
    expect(ended.at(-1)).toBe('{"phase":"ended"}');
    await runAndKill(SERVICE, ["import", url, csv], Number.POSITIVE_INFINITY);

    const { ledger, snapshots, database } = await openService(url);
    expect(await ledger.audit()).toEqual({ position: BigInt(LINES), findings: [] });
    const sum = (LINES * (LINES + 1)) / 2;
    const totals = await ledger.totals();
    expect(totals.get("BTC")! + totals.get("USD")!).toBe(BigInt(sum));
    const number = await snapshots.begin();
    await database.close();

    for (const afterLines of KILLS[under.kind].snapshot)
      await runAndKill(SERVICE, ["snapshot", url, String(number)], afterLines);
    const service = await openService(url);
    const signed = await service.snapshots.build(number);
    expect(signed.record.totals.map(({ amount }) => BigInt(amount))).toEqual([...totals.values()]);
    const proof = await service.snapshots.prove(number, ["c7"]);
    expect(liabilityScheme("sum").verify(proof)).toMatchObject({ isValid: true });
    expect(await service.snapshots.list({ limit: 5 })).toHaveLength(1);
    await service.database.close();

    // LEDGER-14: kills the process between erasing the key and the leaves.
    const [{ salt }] = proof.leaves as [(typeof proof.leaves)[number]];
    expect(await runAndKill(SERVICE, ["erase", url, "c7"], 1)).toEqual(['{"phase":"erased"}']);
    const last = await openService(url);
    await expect(last.snapshots.prove(number, ["c7"])).rejects.toMatchObject({
      code: "LEDGER_CUSTOMER_ERASED",
    });
    expect(await bytesOfTree(last.database, "reserves_snapshots", number)).toSatisfy(holds(salt));
    expect(await last.snapshots.forgetErased()).toBe(1);
    expect(await last.snapshots.forgetErased()).toBe(0);
    expect(await bytesOfTree(last.database, "reserves_snapshots", number)).not.toSatisfy(holds(salt));
    const other = await last.snapshots.prove(number, ["c8"]);
    expect(liabilityScheme("sum").verify(other)).toMatchObject({ isValid: true });
    await last.database.close();
  });
});
