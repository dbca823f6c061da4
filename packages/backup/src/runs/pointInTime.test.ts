import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog, silentMetrics } from "@trellis/base";
import { openDatabase } from "@trellis/platform/db";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Ledger } from "../testing/Ledger.ts";
import { PORTS } from "../testing/ports.ts";
import { backUp, backUpLogs, newRepository, reopened } from "../testing/testRepository.ts";
import { chooseBackup } from "./chooseBackup.ts";
import { restoreBackup } from "./restoreBackup.ts";

const TARGETS = 20;
const FULL_BACKUPS = 2;
const LOG_BACKUPS = 4;
const ENTRIES_BETWEEN = 150;

let place: string;
let ledger: Ledger;
const at = (...names: string[]): string => join(place, ...names);

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "trellis-pitr-"));
  await newRepository(at("repository"));
  ledger = new Ledger(at("data", "db"));
  await ledger.start();
});
afterAll(async () => {
  await ledger.kill();
  await rm(place, { recursive: true, force: true });
});

async function restoredAt(targetMs: number): Promise<number[]> {
  const repository = await reopened(at("repository"));
  const target = at(`restored-${targetMs}`);
  const backup = chooseBackup(await repository.backups(), targetMs);
  await restoreBackup({ backup, target, targetMs }, { repository });
  const ports = { ...PORTS, log: silentLog, metrics: silentMetrics };
  const database = openDatabase({ url: `pglite:${join(target, "db")}` }, ports);
  try {
    const { rows } = await database.query("SELECT id FROM entries ORDER BY id");
    await database.query("INSERT INTO entries (filler) VALUES ('writable')");
    return rows.map(({ id }) => Number(id));
  } finally {
    await database.close();
    await rm(target, { recursive: true });
  }
}

/** An entry that was committed before the target and acknowledged after it, or never, may also be there. */
function faultOf(ids: readonly number[], targetMs: number): string | undefined {
  const found = new Set(ids);
  const missing = ledger.commits.filter(({ id, timeMs }) => timeMs <= targetMs && !found.has(id));
  const [, ...tooLate] = ledger.commits.filter(({ id, timeMs }) => timeMs > targetMs && found.has(id));
  const wrong = [...missing, ...tooLate].map(({ id, timeMs }) => `${id} at ${timeMs}`);
  return wrong.length === 0 ? undefined : `${targetMs}: ${wrong.slice(0, 5).join()}`;
}

it(`RESTORE_TIME_UNREACHABLE outside; inside, restores exactly the entries committed before each of ${TARGETS} random times`, async () => {
  let former: string | undefined;
  let [firstMs, lastMs] = [Number.POSITIVE_INFINITY, 0];
  for (let full = 0; full < FULL_BACKUPS; full++) {
    await ledger.write(ENTRIES_BETWEEN);
    const { id, atMs } = await backUp(at("repository"), at("data"));
    if (former !== undefined) await backUpLogs(at("repository"), at("data"), former);
    former = id;
    firstMs = Math.min(firstMs, atMs);
    for (let log = 0; log < LOG_BACKUPS; log++) {
      await ledger.write(ENTRIES_BETWEEN);
      lastMs = (await backUpLogs(at("repository"), at("data")))!.atMs;
    }
    // Its next start recovers, writes a checkpoint and recycles segments.
    await ledger.kill();
    await ledger.start();
  }
  await ledger.kill();
  const targets = [firstMs, lastMs];
  while (targets.length < TARGETS) targets.push(firstMs + Math.floor(Math.random() * (lastMs - firstMs)));
  const faults: (string | undefined)[] = [];
  for (const targetMs of targets) faults.push(faultOf(await restoredAt(targetMs), targetMs));
  expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  await expect(restoredAt(firstMs - 1)).rejects.toMatchObject({ code: "RESTORE_TIME_UNREACHABLE" });
  await expect(restoredAt(lastMs + 1)).rejects.toMatchObject({ code: "RESTORE_TIME_UNREACHABLE" });
});
