import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { backupErrors } from "../errors.ts";
import type { BaseBackup, BaseBackupRange, PostgresServer, ServerFacts } from "../postgres/PostgresServer.ts";
import { segmentsOf } from "../postgres/segmentsOf.ts";
import { type ReceivedFile, verifyReceived } from "../postgres/serverManifest.ts";
import { tarFiles } from "../postgres/tarFiles.ts";
import type { Cluster } from "../repository/Manifest.ts";
import type { WalArchive } from "../repository/WalArchive.ts";
import type { PartWriter } from "./PartWriter.ts";

export const CLUSTER_PART = "postgres";
/** Beside the part in a restored directory. */
export const WAL_FOLDER = `${CLUSTER_PART}-wal`;
const PART = { name: CLUSTER_PART, kind: "postgres" } as const;
const MANIFEST_FILE = "backup_manifest";
const POLL_MS = 200;
/** For each segment. */
const ARCHIVED_MS_MAX = 300_000;

export interface PostgresPorts {
  readonly server: PostgresServer;
  /** Keeps the process alive, unlike the system's scheduler. */
  readonly pause: (ms: number) => Promise<void>;
  /** Time for the archiving of one segment. */
  readonly archivedMsMax?: number;
}

/** Backs up a cluster: `copy`, `mark`, `finish`. */
export class ClusterBackup {
  readonly #ports: PostgresPorts;
  readonly #parts: PartWriter;
  readonly #archive: WalArchive;
  readonly #facts: ServerFacts;
  readonly #range: BaseBackupRange;
  #cluster: Cluster | undefined;

  private constructor(
    { ports, parts, archive }: { ports: PostgresPorts; parts: PartWriter; archive: WalArchive },
    facts: ServerFacts,
    range: BaseBackupRange,
  ) {
    this.#ports = ports;
    this.#parts = parts;
    this.#archive = archive;
    this.#facts = facts;
    this.#range = range;
  }

  /** @throws BACKUP_POSTGRES_REFUSED, WAL_FOREIGN, REPOSITORY_UNAVAILABLE */
  static async copy(
    dataDir: string,
    context: { ports: PostgresPorts; parts: PartWriter; archive: WalArchive },
  ): Promise<ClusterBackup> {
    const taken = [CLUSTER_PART, WAL_FOLDER].find((name) => existsSync(join(dataDir, name)));
    if (taken !== undefined) throw refused(`the data directory has an entry ${taken}`);
    const facts = await context.ports.server.facts();
    await context.archive.requireOwner(facts.systemId);
    const range = await receiveBase(context.ports.server, context.parts);
    return new ClusterBackup(context, facts, range);
  }

  /** Marks the time of the backup in the log. */
  async mark(name: string): Promise<void> {
    const { systemId, timeline, version, segmentBytes } = this.#facts;
    const point = await this.#ports.server.createRestorePoint(name);
    const isSame =
      point.systemId === systemId && point.timeline === timeline && this.#range.timeline === timeline;
    if (!isSame) throw refused("another server took over during the backup");
    const { start, end: consistentAt } = this.#range;
    const restorePoint = { name, lsn: point.lsn };
    this.#cluster = { systemId, timeline, version, segmentBytes, start, consistentAt, restorePoint };
    this.#parts.extend(PART, { cluster: this.#cluster });
  }

  /** Waits until the archive has every segment that the backup needs. @throws BACKUP_WAL_MISSING */
  async finish(signal?: AbortSignal): Promise<void> {
    const { server, pause, archivedMsMax = ARCHIVED_MS_MAX } = this.#ports;
    await server.switchSegment();
    for (const segment of segmentsOf(this.#cluster!)) {
      for (let waitedMs = 0; !(await this.#archive.has(this.#facts.systemId, segment)); waitedMs += POLL_MS) {
        signal?.throwIfAborted();
        if (waitedMs >= archivedMsMax) throw backupErrors.BACKUP_WAL_MISSING({ segment, waitedMs });
        await pause(POLL_MS);
      }
    }
  }
}

async function receiveBase(server: PostgresServer, parts: PartWriter): Promise<BaseBackupRange> {
  const received = new Map<string, ReceivedFile>();
  let backup: BaseBackup | undefined;
  await parts.addRead(PART, async function* (listed) {
    const archive = server.baseBackup((ended) => {
      backup = ended;
    });
    for await (const { contents, ...file } of tarFiles(archive)) {
      const hash = createHash("sha256");
      for await (const piece of contents) {
        hash.update(piece);
        yield piece;
      }
      listed.push(file);
      if (file.kind === "file") received.set(file.path, { bytes: file.bytes, sha256: hash.digest("hex") });
    }
    const { manifest } = backup!;
    verifyReceived(manifest, received);
    listed.push({ path: MANIFEST_FILE, kind: "file", mode: 0o600, bytes: manifest.length, modifiedMs: 0 });
    yield manifest;
  });
  return backup!;
}

function refused(reason: string): Error {
  return backupErrors.BACKUP_POSTGRES_REFUSED({ reason });
}
