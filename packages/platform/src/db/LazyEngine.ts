import type { TrellisError } from "@trellis/base";
import { dbErrors } from "./errors.ts";
import type { EngineCounts, SqlEngine, SqlSession } from "./SqlEngine.ts";
import { watchShortage } from "./watchShortage.ts";

export class LazyEngine {
  readonly #open: () => Promise<SqlEngine>;
  #starting: Promise<SqlEngine> | undefined;
  #started: SqlEngine | undefined;
  #isClosed = false;
  shortage: TrellisError | undefined;

  constructor(open: () => Promise<SqlEngine>) {
    this.#open = open;
  }

  async started(): Promise<SqlEngine> {
    if (this.#isClosed) throw dbErrors.DB_CLOSED();
    this.#starting ??= this.#start();
    return this.#starting;
  }

  async #start(): Promise<SqlEngine> {
    try {
      this.#started = watchShortage(await this.#open(), (error) => {
        this.shortage = error;
      });
      return this.#started;
    } catch (error) {
      this.#starting = undefined;
      throw error;
    }
  }

  async withSession<T>(use: (session: SqlSession) => Promise<T>): Promise<T> {
    const session = await (await this.started()).acquire();
    try {
      return await use(session);
    } finally {
      session.release();
    }
  }

  counts(): EngineCounts {
    return this.#started?.counts() ?? { open: 0, idle: 0, waiting: 0 };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const engine = await this.#starting?.catch(() => undefined);
    await engine?.close();
  }
}
