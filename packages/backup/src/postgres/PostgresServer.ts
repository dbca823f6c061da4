import { isTrellisError } from "@trellis/base";
import { PgHosts } from "@trellis/platform/db";
import type { Client, ClientConfig } from "pg";
import { backupErrors } from "../errors.ts";
import { BaseBackupQuery } from "./BaseBackupQuery.ts";
import { lsnToNumber } from "./lsn.ts";

const VERSION_MIN = 150_000;
/** `walRecords` reads no other. */
const PAGE_BYTES = 8_192;
const CONNECT_MS_MAX = 30_000;
const BASE_BACKUP =
  "BASE_BACKUP (LABEL 'trellis', CHECKPOINT 'fast', WAIT false, MANIFEST 'yes', MANIFEST_CHECKSUMS 'SHA256')";

export interface ServerIdentity {
  readonly systemId: string;
  readonly timeline: number;
}

export interface ServerFacts extends ServerIdentity {
  /** `server_version_num` */
  readonly version: number;
  readonly segmentBytes: number;
}

export interface BaseBackupRange {
  readonly timeline: number;
  readonly start: number;
  readonly end: number;
}

export interface BaseBackup extends BaseBackupRange {
  /** The server's list of the files, with their hashes. */
  readonly manifest: Uint8Array;
}

/** A primary, by its replication protocol. All methods throw BACKUP_POSTGRES_REFUSED. */
export class PostgresServer {
  readonly #hosts: PgHosts;

  /**
   * @param url of a role with REPLICATION; may name several hosts
   * @throws BACKUP_POSTGRES_REFUSED
   */
  constructor(url: string) {
    const hosts = PgHosts.parse(url);
    if (hosts === undefined) throw refused("not a URL like postgres://USER@HOST:PORT/NAME");
    this.#hosts = hosts;
  }

  /** Also refuses a server that cannot be backed up. */
  facts(): Promise<ServerFacts> {
    return this.#connected(async (client) => {
      const { rows } = await client.query(
        `SELECT current_setting('server_version_num') AS version, current_setting('archive_mode') AS archive,
          (SELECT setting FROM pg_settings WHERE name = 'wal_segment_size') AS segment,
          current_setting('wal_block_size') AS page`,
      );
      const { version, archive, segment, page } = rows[0];
      if (Number(version) < VERSION_MIN) throw refused(`version ${version} is older than 15`);
      if (Number(page) !== PAGE_BYTES) throw refused(`pages of the log have ${page} bytes`);
      if (archive === "off") throw refused("archive_mode is off");
      return {
        ...(await identityOf(client)),
        version: Number(version),
        segmentBytes: Number(segment),
      };
    });
  }

  /** A tar archive of the data directory, without its log. */
  async *baseBackup(onEnd: (backup: BaseBackup) => void): AsyncGenerator<Uint8Array> {
    const client = await this.#connect();
    try {
      const query = new BaseBackupQuery(BASE_BACKUP);
      client.query(query);
      const pieces: Uint8Array[] = [];
      for await (const { isManifest, bytes } of contentsOf(query))
        if (isManifest) pieces.push(bytes);
        else yield bytes;
      const [from, ...rest] = query.rows;
      const to = rest.at(-1);
      if (from?.[0] === undefined || to?.[0] === undefined) throw refused("the server sent no positions");
      const range = { timeline: Number(from[1]), start: lsnToNumber(from[0]), end: lsnToNumber(to[0]) };
      onEnd({ ...range, manifest: Buffer.concat(pieces) });
    } catch (error) {
      throw refusal(error);
    } finally {
      await client.end().catch(() => {});
    }
  }

  /** @returns its position */
  createRestorePoint(name: string): Promise<ServerIdentity & { readonly lsn: number }> {
    return this.#connected(async (client) => {
      const identity = await identityOf(client);
      const { rows } = await client.query(`SELECT pg_create_restore_point('${name}') AS lsn`);
      return { ...identity, lsn: lsnToNumber(rows[0].lsn) };
    });
  }

  /** The segment that archive_command could not store, unless it has stored one since. */
  failedSegment(): Promise<string | undefined> {
    return this.#connected(async (client) => {
      const { rows } = await client.query(
        `SELECT last_failed_wal AS segment FROM pg_stat_archiver
          WHERE last_failed_time > coalesce(last_archived_time, '-infinity')`,
      );
      return rows[0]?.segment;
    });
  }

  /** Completes the present segment, so that it is archived. */
  switchSegment(): Promise<void> {
    return this.#connected(async (client) => {
      await client.query("SELECT pg_switch_wal()");
    });
  }

  async #connected<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    try {
      return await work(client);
    } catch (error) {
      throw refusal(error);
    } finally {
      await client.end().catch(() => {});
    }
  }

  async #connect(): Promise<Client> {
    // `database`: understands SQL as well, and needs no line of its own in pg_hba.conf.
    const options = {
      replication: "database",
      application_name: "trellis backup",
      connectionTimeoutMillis: CONNECT_MS_MAX,
      keepAlive: true,
    };
    for (let attempt = 1; ; attempt++) {
      const { url: connectionString, count, arePrimary } = this.#hosts;
      try {
        return await connected({ ...options, connectionString }, arePrimary);
      } catch (error) {
        this.#hosts.failed(connectionString);
        if (attempt >= count) throw refusal(error);
      }
    }
  }
}

async function connected(config: ClientConfig, isPrimary: boolean): Promise<Client> {
  const { default: pg } = await import("pg");
  const client = new pg.Client(config);
  // A lost connection also fails the running query.
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = isPrimary ? await client.query("SELECT pg_is_in_recovery() AS standby") : { rows: [] };
    if (rows[0]?.standby === true) throw refused("no host is the primary");
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

async function identityOf(client: Client): Promise<ServerIdentity> {
  const { rows } = await client.query("IDENTIFY_SYSTEM");
  return { systemId: rows[0].systemid, timeline: Number(rows[0].timeline) };
}

/** https://www.postgresql.org/docs/current/protocol-replication.html, "BASE_BACKUP" */
async function* contentsOf({
  messages,
  rows,
}: BaseBackupQuery): AsyncGenerator<{ readonly isManifest: boolean; readonly bytes: Uint8Array }> {
  let isManifest = false;
  for await (const message of messages as AsyncIterable<Uint8Array>) {
    const kind = kindOf(message);
    if (kind === "m") isManifest = true;
    if (kind === "d") yield { isManifest, bytes: message.subarray(1) };
    if (kind !== "n") continue;
    // The second result lists the tablespaces; the data directory has no number.
    const tablespace = rows.slice(1).find(([id]) => id !== undefined);
    if (tablespace !== undefined) throw refused(`tablespaces are not supported: ${tablespace[1]}`);
  }
}

function kindOf(message: Uint8Array): string {
  return String.fromCharCode(message[0]!);
}

function refused(reason: string): Error {
  return backupErrors.BACKUP_POSTGRES_REFUSED({ reason });
}

function refusal(error: unknown): Error {
  if (isTrellisError(error)) return error;
  const { message, errors } = error as Error & { errors?: readonly Error[] };
  const reason = message || errors?.[0]?.message || String(error);
  return backupErrors.BACKUP_POSTGRES_REFUSED({ reason }, error);
}
