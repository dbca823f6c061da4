import { dirname } from "node:path";
import { PieceReader } from "../chunks/PieceReader.ts";
import { backupErrors } from "../errors.ts";
import { jsonIn } from "../repository/jsonIn.ts";
import { fileList, type ListedFile, type ManifestPart } from "../repository/Manifest.ts";
import { idsIn, type Repository } from "../repository/Repository.ts";

/** Folders before what is in them. */
export function inOrder(parts: readonly ManifestPart[]): ManifestPart[] {
  const rank = ({ kind }: ManifestPart): number => (kind === "files" ? 0 : kind === "wal" ? 2 : 1);
  return parts.toSorted((a, b) => rank(a) - rank(b));
}

/** Directory to which the paths of a part's files are relative. A segment's is that of its database. */
export function rootOf({ kind, name }: ManifestPart): string {
  return kind === "wal" ? dirname(dirname(name)) : name;
}

/** @throws REPOSITORY_DAMAGED, REPOSITORY_UNAVAILABLE */
export async function listedFiles(part: ManifestPart, repository: Repository): Promise<ListedFile[]> {
  const object = `list of files of ${part.name}`;
  const files = jsonIn(fileList, object, await repository.readWhole(idsIn(part.list)));
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes !== part.bytes) throw damaged(part, `${part.bytes} bytes, but its files have ${bytes}`);
  return files;
}

/** Contents of the files, in the order of the list. @throws REPOSITORY_DAMAGED, REPOSITORY_UNAVAILABLE */
export async function contentsOf(part: ManifestPart, repository: Repository): Promise<PieceReader> {
  const ids = await repository.readIds(idsIn(part.contents));
  return new PieceReader(repository.read(ids), () => damaged(part, "its contents end too early"));
}

function damaged({ name }: ManifestPart, reason: string): Error {
  return backupErrors.REPOSITORY_DAMAGED({ object: `part ${name}`, reason });
}
