import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "@trellis/platform/system";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileList, type Manifest } from "../repository/Manifest.ts";
import { segmentFiles } from "../sources/databases.ts";
import { PORTS } from "../testing/ports.ts";
import { backUp, locked, newRepository, reopened } from "../testing/testRepository.ts";
import { restoreBackup } from "./restoreBackup.ts";
import { runBackup } from "./runBackup.ts";

let place: string;
const at = (...names: string[]): string => join(place, ...names);

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), "trellis-sources-"));
  await mkdir(at("data"));
  await newRepository(at("repository"));
});
afterEach(() => rm(place, { recursive: true, force: true }));

async function restored(backup: Manifest): Promise<string> {
  const repository = await reopened(at("repository"));
  await restoreBackup({ backup, target: at("restored") }, { repository });
  return at("restored");
}

/** A backup that reads a large first file, while `change` happens. */
async function backUpDuring(change: () => Promise<void>): Promise<Manifest> {
  await writeFile(at("data", "a"), systemRandom.bytes(20 << 20));
  return locked(at("repository"), async (ports) => {
    const { repository } = ports;
    let pending: Promise<void> | undefined;
    const write = repository.write.bind(repository);
    repository.write = (pieces) =>
      write(
        (async function* () {
          for await (const piece of pieces) {
            // The sizes are known, and no other file is open.
            pending ??= change();
            await pending;
            yield piece;
          }
        })(),
      );
    return runBackup({ dataDir: at("data"), release: "0.1.0" }, { ...ports, ...PORTS });
  });
}

describe("names and modes", () => {
  it("BACKUP-5: odd names, bytes and modes are restored, whatever the umask is", async () => {
    const names = [" leading and trailing ", "line\nbreak", "ünïcode \u{1f4be}", '"quoted\\', "-rf", "..."];
    for (const name of names) await writeFile(at("data", name), Uint8Array.of(0xff, 0xfe, 0x00, 0xc3));
    await mkdir(at("data", "group"));
    const modes = { group: 0o770, [names[0]!]: 0o666, [names[1]!]: 0o400, [names[2]!]: 0o755 };
    for (const [name, mode] of Object.entries(modes)) await chmod(at("data", name), mode);
    const target = await restored(await backUp(at("repository"), at("data")));
    expect((await readdir(target)).sort()).toEqual([...names, "group"].sort());
    for (const name of names)
      expect([...(await readFile(join(target, name)))]).toEqual([0xff, 0xfe, 0x00, 0xc3]);
    for (const [name, mode] of Object.entries(modes))
      expect((await stat(join(target, name))).mode & 0o777, name).toBe(mode);
  });

  it("BACKUP_SOURCE_UNREADABLE: a name that is not UTF-8 is not omitted", async () => {
    await writeFile(Buffer.concat([Buffer.from(`${at("data")}/na`), Buffer.of(0xff)]), "contents");
    await expect(backUp(at("repository"), at("data"))).rejects.toMatchObject({
      code: "BACKUP_SOURCE_UNREADABLE",
      facts: { reason: "its name is not UTF-8" },
    });
  });

  it("lists of files and segments beyond 4 GiB", () => {
    const bytes = 5 * 2 ** 40 + 1;
    const file = { path: "sparse", kind: "file", mode: 0o600, bytes, modifiedMs: 0.5 };
    expect(fileList.parse(JSON.parse(JSON.stringify([file])))).toEqual([file]);
    const [first, last, ...others] = segmentFiles(1, 2 ** 32 - 1, 2 ** 32 + 1);
    expect([first!.path, last!.path]).toEqual([
      "pg_wal/0000000100000000000000FF",
      "pg_wal/000000010000000100000000",
    ]);
    expect([first!.bytes, last!.bytes, others]).toEqual([16 << 20, 1, []]);
  });
});

describe("a file that changes during the backup", () => {
  it("BACKUP-7: that grows has its size of the backup's time", async () => {
    await writeFile(at("data", "b"), "known");
    const target = await restored(await backUpDuring(() => appendFile(at("data", "b"), " and later")));
    expect(await readFile(join(target, "b"), "utf8")).toBe("known");
  });

  it("BACKUP-7: that disappears is omitted", async () => {
    await writeFile(at("data", "b"), "known");
    const target = await restored(await backUpDuring(() => rm(at("data", "b"))));
    expect(await readdir(target)).toEqual(["a"]);
  });

  it("BACKUP_SOURCE_CHANGED: that shrinks, and no backup is kept", async () => {
    await writeFile(at("data", "b"), "known");
    await expect(backUpDuring(() => truncate(at("data", "b"), 2))).rejects.toMatchObject({
      code: "BACKUP_SOURCE_CHANGED",
      facts: { bytes: 2, expected: 5 },
    });
    expect(await (await reopened(at("repository"))).listed()).toEqual([]);
  });
});

it("RESTORE_REFUSED: over data, into a file, over a link; nothing changes there", async () => {
  await writeFile(at("data", "file"), "contents");
  await mkdir(at("empty"));
  await symlink(at("empty"), at("linked"));
  await symlink(at("none"), at("dangling"));
  const backup = await backUp(at("repository"), at("data"));
  const repository = await reopened(at("repository"));
  const reasons = {
    data: "it contains file",
    "data/file": "it is a file",
    linked: "it is a symbolic link",
    dangling: "it is a symbolic link",
  };
  for (const [name, reason] of Object.entries(reasons))
    await expect(restoreBackup({ backup, target: at(name) }, { repository }), name).rejects.toMatchObject({
      code: "RESTORE_REFUSED",
      facts: { reason },
    });
  expect(await readFile(at("data", "file"), "utf8")).toBe("contents");
  expect((await readdir(place)).sort()).toEqual(["dangling", "data", "empty", "linked", "repository"]);
  await restoreBackup({ backup, target: at("empty") }, { repository });
  expect(await readFile(at("empty", "file"), "utf8")).toBe("contents");
});
