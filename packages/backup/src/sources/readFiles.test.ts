import { appendFile, mkdtemp, rename, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { ListedFile } from "../repository/Manifest.ts";
import { segmentFiles } from "./databases.ts";
import { type FoundFile, filesIn } from "./findParts.ts";
import { readFiles } from "./readFiles.ts";

let folder: string;
const file = (name = "file"): string => join(folder, name);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "trellis-read-files-"));
  await writeFile(file(), "contents");
});
afterEach(() => rm(folder, { recursive: true }));

/** Changes the file after it was found. */
async function readAfter(change: () => Promise<void>): Promise<{ text: string; bytes: number }> {
  const files = await filesIn(folder);
  await change();
  const listed: ListedFile[] = [];
  let text = "";
  for await (const piece of readFiles(folder, files, listed, { isWhole: false })) text += Buffer.from(piece);
  expect(Object.keys(listed[0]!).sort()).toEqual(["bytes", "kind", "mode", "modifiedMs", "path"]);
  return { text, bytes: listed[0]!.bytes };
}

async function replace(contents: string): Promise<void> {
  await writeFile(file(".file"), contents);
  await rename(file(".file"), file());
}

it("BACKUP-7: a file that has grown has its former size", async () => {
  expect(await readAfter(() => appendFile(file(), ", more"))).toEqual({ text: "contents", bytes: 8 });
});

it.each(["shorter", "much longer contents"])(
  "BACKUP-7: a replaced file is read whole: %s",
  async (contents) => {
    expect(await readAfter(() => replace(contents))).toEqual({ text: contents, bytes: contents.length });
  },
);

it("BACKUP-7: a file that was replaced twice, so that an inode can return", async () => {
  const replaced = async (): Promise<void> => {
    await replace("second contents");
    await replace("third");
  };
  expect(await readAfter(replaced)).toEqual({ text: "third", bytes: 5 });
});

it("BACKUP_SOURCE_CHANGED: a file that was cut", async () => {
  await expect(readAfter(() => truncate(file(), 3))).rejects.toMatchObject({ code: "BACKUP_SOURCE_CHANGED" });
});

it("BACKUP_SOURCE_CHANGED: a segment of a log has gone; another file may", async () => {
  const found = await filesIn(folder);
  await rm(file());
  const read = (files: readonly FoundFile[]) => readFiles(folder, files, [], { isWhole: false }).next();
  expect(await read(found)).toMatchObject({ done: true });
  await expect(read(segmentFiles(1, 0, 10))).rejects.toMatchObject({ code: "BACKUP_SOURCE_CHANGED" });
});
