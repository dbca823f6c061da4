import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { backUp, newRepository, reopened } from "../testing/testRepository.ts";
import { restoreBackup } from "./restoreBackup.ts";

const MAIN = fileURLToPath(new URL("../testing/dyingMain.ts", import.meta.url));
const AT_ONCE = 2;
const run = promisify(execFile);

let place: string;
const at = (...names: string[]): string => join(place, ...names);

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "trellis-killed-"));
  await mkdir(at("data", "keys"), { recursive: true });
  await writeFile(at("data", "keys", "keys.json"), "key", { mode: 0o600 });
  await writeFile(at("data", "file"), "contents");
  await newRepository(at("repository"));
  await backUp(at("repository"), at("data"));
});
afterEach(() => rm(place, { recursive: true, force: true }));

async function expectComplete(target: string): Promise<void> {
  expect(await readFile(join(target, "keys", "keys.json"), "utf8")).toBe("key");
  expect(await readFile(join(target, "file"), "utf8")).toBe("contents");
  expect((await readdir(target)).sort()).toEqual(["file", "keys"]);
}

/** Returns the signal that ended the process. */
async function killedAt(change: number, target: string): Promise<string | undefined> {
  await mkdir(join(target, ".."));
  const error = await run(process.execPath, [MAIN, String(change), at("repository"), target]).then(
    () => undefined,
    (reason: { readonly signal: string; readonly stderr: string }) => reason,
  );
  expect(error?.stderr ?? "").toBe("");
  const names = await readdir(join(target, ".."));
  const isThere = names.includes("restored");
  expect(names.filter((name) => name !== "restored" && name !== ".restored.partial")).toEqual([]);
  if (isThere) await expectComplete(target);
  else {
    const repository = await reopened(at("repository"));
    await restoreBackup({ backup: (await repository.backups())[0]!, target }, { repository });
    expect(await readdir(join(target, ".."))).toEqual(["restored"]);
  }
  await expectComplete(target);
  return error?.signal;
}

it("BACKUP-11: SIGKILL before any change of a restore leaves no target or a complete one, and the next restore cleans up", async () => {
  const { stdout } = await run(process.execPath, [MAIN, "-1", at("repository"), at("whole")]);
  const changes = Number(stdout);
  expect(changes).toBeGreaterThan(12);
  await expectComplete(at("whole"));
  for (let from = 0; from < changes; from += AT_ONCE) {
    const kills = Array.from({ length: Math.min(AT_ONCE, changes - from) }, (_, index) => from + index);
    const signals = await Promise.all(
      kills.map((change) => killedAt(change, at(`kill-${change}`, "restored"))),
    );
    expect(signals).toEqual(kills.map(() => "SIGKILL"));
  }
});

it("RESTORE_REFUSED: another restore writes to the same target", async () => {
  const repository = await reopened(at("repository"));
  const backup = (await repository.backups())[0]!;
  const second = async (): Promise<void> => {
    await expect(restoreBackup({ backup, target: at("restored") }, { repository })).rejects.toMatchObject({
      code: "RESTORE_REFUSED",
      facts: { reason: "another restore writes it", pid: String(process.pid) },
    });
  };
  await restoreBackup({ backup, target: at("restored") }, { repository, prove: second });
  await expectComplete(at("restored"));
});

it("RESTORE_REFUSED: what was written to the target during the restore stays", async () => {
  const repository = await reopened(at("repository"));
  const backup = (await repository.backups())[0]!;
  await mkdir(at("restored"));
  const prove = () => writeFile(at("restored", "other"), "other");
  await expect(
    restoreBackup({ backup, target: at("restored") }, { repository, prove }),
  ).rejects.toMatchObject({
    code: "RESTORE_REFUSED",
    facts: { reason: "it contains other" },
  });
  expect(await readFile(at("restored", "other"), "utf8")).toBe("other");
});
