import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Ledger } from "../testing/Ledger.ts";
import { backUp, backUpLogs, newRepository, reopened } from "../testing/testRepository.ts";
import { restoreBackup } from "./restoreBackup.ts";

let place: string;
let ledger: Ledger;
const at = (...names: string[]): string => join(place, ...names);

beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), "trellis-logs-"));
  await newRepository(at("repository"));
  ledger = new Ledger(at("data", "db"));
  await ledger.start();
});
afterAll(async () => {
  await ledger.kill();
  await rm(place, { recursive: true, force: true });
});

it("BACKUP_LOG_GAP: a restored database has another history, which a full backup begins", async () => {
  const backup = await backUp(at("repository"), at("data"));
  await ledger.write(50);
  expect(await backUpLogs(at("repository"), at("data"))).toMatchObject({ base: backup.id });
  await ledger.kill();
  await rm(at("data"), { recursive: true });
  await restoreBackup({ backup, target: at("data") }, { repository: await reopened(at("repository")) });
  await ledger.start();
  await ledger.write(200);
  await expect(backUpLogs(at("repository"), at("data"))).rejects.toMatchObject({ code: "BACKUP_LOG_GAP" });
  const { id } = await backUp(at("repository"), at("data"));
  await ledger.write(50);
  expect(await backUpLogs(at("repository"), at("data"))).toMatchObject({ base: id });
});
