import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog, silentMetrics } from "@trellis/base";
import { createLifecycle } from "@trellis/platform/lifecycle";
import type { ServiceIo } from "@trellis/platform/service";
import { afterEach, beforeEach, expect, it } from "vitest";
import { run } from "./run.ts";
import { backupDefinition, backupSettings } from "./settings.ts";

let folder: string;
const at = (...names: string[]): string => join(folder, ...names);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "trellis-backup-verb-"));
  await mkdir(at("data"));
  await writeFile(at("data", "file"), "contents");
  await writeFile(at("passphrase"), "correct");
});
afterEach(() => rm(folder, { recursive: true }));

async function backup(...operands: readonly string[]): Promise<Record<string, unknown>> {
  let printed = "";
  const write = (text: string): void => {
    printed += text;
  };
  const lifecycle = createLifecycle({ log: silentLog });
  const io = {
    lifecycle,
    log: silentLog,
    metrics: silentMetrics,
    environment: {},
    stdout: { write },
    stderr: { write: () => {} },
  } as unknown as ServiceIo;
  const flags = {
    ...defaults(),
    limitRate: 0,
    dataDir: at("data"),
    repository: [at("repository")],
    passphraseFrom: `file:${at("passphrase")}`,
    keepLast: 1,
    json: true,
  };
  try {
    await run(await backupSettings(flags, operands), io);
  } finally {
    await lifecycle.stop("done");
  }
  return JSON.parse(printed);
}

function defaults(): Parameters<typeof backupSettings>[0] {
  return Object.fromEntries(
    Object.entries(backupDefinition.settings).map(([name, setting]) => [name, setting.default]),
  ) as never;
}

it("makes, lists, shows, verifies, restores and prunes backups", async () => {
  await backup("init");
  const { id } = await backup("run");
  expect(await backup("list")).toMatchObject({ backups: [{ id }] });
  expect(await backup("show", "latest")).toMatchObject({ id, parts: [{ kind: "files" }] });
  expect(await backup("verify", "latest")).toMatchObject({ backups: 1, problems: [] });
  expect(await backup("logs")).toEqual({ id: null });
  await backup("restore", String(id), at("restored"));
  expect(await readFile(at("restored", "file"), "utf8")).toBe("contents");
  await backup("run");
  expect(await backup("prune")).toMatchObject({ removed: [id] });
  expect(await backup("repair")).toEqual({ repaired: "indexes" });
});

it("BACKUP_UNKNOWN", async () => {
  await backup("init");
  for (const name of ["latest", "20260101T000000Z-00000000", "../x"])
    await expect(backup("restore", name, at("restored"))).rejects.toMatchObject({ code: "BACKUP_UNKNOWN" });
});
