import pg from "pg";
import type { Commit } from "./Ledger.ts";

/** Inserts rows until it is stopped. */
export class PostgresLedger {
  /** Acknowledged. */
  readonly commits: (Commit & { readonly xid: number; readonly lsn: string })[] = [];
  readonly #client: pg.Client;
  #isStopped = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(url: string) {
    this.#client = new pg.Client({ connectionString: url });
  }

  async start(): Promise<void> {
    await this.#client.connect();
    await this.#client.query("CREATE TABLE entries (id bigserial PRIMARY KEY, filler text NOT NULL)");
    this.#writing = this.#write();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#writing;
    await this.#client.end();
  }

  async write(entries: number): Promise<void> {
    const enough = this.commits.length + entries;
    while (this.commits.length < enough) await pause(10);
  }

  async #write(): Promise<void> {
    while (!this.#isStopped) {
      const { rows } = await this.#client.query(
        `INSERT INTO entries (filler) SELECT repeat(md5(random()::text), 20)
         RETURNING id, pg_current_xact_id()::text AS xid`,
      );
      const timeMs = Date.now();
      const { rows: positions } = await this.#client.query("SELECT pg_current_wal_insert_lsn()::text AS lsn");
      this.commits.push({ id: Number(rows[0].id), xid: Number(rows[0].xid), lsn: positions[0].lsn, timeMs });
      await pause(5);
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
