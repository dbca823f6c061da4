import type { Manifest, Repository } from "@trellis/backup";

/** Time of everything but the databases, because log backups continue only databases. ms since the Unix epoch */
export async function chainTime({ base, atMs }: Manifest, repository: Repository): Promise<number> {
  return base === undefined ? atMs : (await repository.backup(base)).atMs;
}
