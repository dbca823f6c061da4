import { dirname, join } from "node:path";
import { nearest } from "@trellis/platform/config";
import { backupErrors } from "../errors.ts";
import type { ListedFile, Manifest, ManifestPart } from "../repository/Manifest.ts";
import type { Repository } from "../repository/Repository.ts";
import { endLog } from "./endLog.ts";
import { intoPlace } from "./intoPlace.ts";
import { contentsOf, inOrder, listedFiles, rootOf } from "./readPart.ts";
import { writePart } from "./writePart.ts";

const NEAR_MAX = 5;

/** A file or directory of a backup. Extracting reads the contents of its part that precede it. */
export interface FoundPath {
  readonly path: string;
  readonly kind: "file" | "directory";
  readonly bytes: number;
  readonly files: number;
  readonly parts: readonly FoundPart[];
}

/** A file within a part, or undefined if it is outside the path. */
interface FoundFile extends ListedFile {
  /** Relative to the path; empty for the path itself. */
  readonly below: string | undefined;
}

interface FoundPart {
  readonly part: ManifestPart;
  /** Up to the last one below the path. */
  readonly files: readonly FoundFile[];
}

/**
 * @param path relative to the data directory; `.` for all of it
 * @throws BACKUP_PATH_UNKNOWN, REPOSITORY_DAMAGED, REPOSITORY_UNAVAILABLE
 */
export async function findPath(backup: Manifest, path: string, repository: Repository): Promise<FoundPath> {
  const parts: FoundPart[] = [];
  const asked = path.replace(/^(\.\/)+|\/+$/g, "") || ".";
  for (const part of inOrder(backup.parts)) {
    if (!mayContain(part, asked)) continue;
    const files = (await listedFiles(part, repository)).map((file) => ({
      ...file,
      below: belowOf(asked, fullPath(part, file.path)),
    }));
    const count = files.findLastIndex(({ below }) => below !== undefined) + 1;
    if (count > 0 || belowOf(asked, part.name) !== undefined)
      parts.push({ part, files: files.slice(0, count) });
  }
  const wanted = parts.flatMap(({ files }) => files).filter(({ below }) => below !== undefined);
  if (parts.length === 0) throw await unknown(backup, path, repository);
  const isFile = wanted.some(({ below, kind }) => below === "" && kind === "file");
  return {
    path: asked,
    kind: isFile ? "file" : "directory",
    bytes: wanted.reduce((sum, { bytes }) => sum + bytes, 0),
    files: wanted.filter(({ kind }) => kind === "file").length,
    parts,
  };
}

/** Contents of a file. @throws REPOSITORY_DAMAGED, REPOSITORY_UNAVAILABLE */
export async function* readFound({ parts }: FoundPath, repository: Repository): AsyncGenerator<Uint8Array> {
  for (const { part, files } of parts) {
    const contents = await contentsOf(part, repository);
    for (const { below, bytes } of files)
      for await (const piece of contents.take(bytes)) if (below === "") yield piece;
  }
}

interface ExtractOptions {
  readonly backup: Manifest;
  readonly found: FoundPath;
  /** Must not exist; a directory may be empty. */
  readonly target: string;
}

interface Ports {
  readonly repository: Repository;
  /** Runs on a complete directory before it gets its name. */
  readonly prepare?: (directory: string) => Promise<void>;
}

/**
 * Writes beside the target and renames at the end. Databases get the state of the backup's time.
 * @throws RESTORE_REFUSED, RESTORE_FAILED, REPOSITORY_DAMAGED, REPOSITORY_UNAVAILABLE
 */
export async function extractFound(
  { backup, found, target }: ExtractOptions,
  { repository, prepare }: Ports,
): Promise<void> {
  const fill = async (partial: string): Promise<void> => {
    for (const { part, files } of found.parts) {
      const placed = files.map(({ below, ...file }) => ({
        ...file,
        place: below === undefined ? undefined : join(partial, below),
      }));
      await writePart(placed, await contentsOf(part, repository));
    }
    for (const { name, log } of backup.parts) {
      const below = belowOf(found.path, name);
      if (log === undefined || below === undefined) continue;
      const times = { targetMs: backup.atMs, completeMs: backup.atMs };
      await endLog({ directory: join(partial, below), log, ...times });
    }
  };
  await intoPlace(target, found.kind, { fill, prove: found.kind === "directory" ? prepare : undefined });
}

/** A part of files may have any path; a store or database only those in its directory. */
function mayContain(part: ManifestPart, path: string): boolean {
  if (part.kind === "wal") return belowOf(path, part.name) !== undefined;
  return belowOf(path, part.name) !== undefined || belowOf(part.name, path) !== undefined;
}

function fullPath(part: ManifestPart, path: string): string {
  const root = rootOf(part);
  return root === "." ? path : `${root}/${path}`;
}

/** Undefined if `path` is neither `folder` nor in it. */
function belowOf(folder: string, path: string): string | undefined {
  if (path === folder) return "";
  if (folder === ".") return path;
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
}

/** Names in the deepest directory of the path that exists. */
async function unknown(backup: Manifest, path: string, repository: Repository): Promise<Error> {
  const all = new Set<string>();
  for (const part of backup.parts) {
    if (part.name !== ".") all.add(part.name);
    for (const file of await listedFiles(part, repository)) all.add(fullPath(part, file.path));
  }
  let folder = dirname(path);
  while (folder !== "." && folder !== "/" && !all.has(folder)) folder = dirname(folder);
  const names = [...all].flatMap((each) => belowOf(folder === "/" ? "." : folder, each)?.split("/")[0] || []);
  const asked = (belowOf(folder, path) ?? path).split("/")[0]!;
  const closest = nearest(asked, names);
  const others = [...new Set(names)].filter((name) => name !== closest).sort();
  const near = [...(closest === undefined ? [] : [closest]), ...others].slice(0, NEAR_MAX);
  return backupErrors.BACKUP_PATH_UNKNOWN({ backup: backup.id, path, near: near.join(", ") });
}
