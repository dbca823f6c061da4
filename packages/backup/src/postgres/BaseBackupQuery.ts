import type { Duplex } from "node:stream";
import { Readable } from "node:stream";
import type { Connection, Submittable } from "pg";

/** Messages that wait for their reader; the server sends at most 32 KiB in one. */
const WAITING_MAX = 64;

type Socketed = Connection & { readonly stream: Duplex };

/**
 * `BASE_BACKUP` of the streaming replication protocol. Rows of all its results are collected; the contents of
 * COPY messages are read from `messages`, and the server waits for the reader.
 */
export class BaseBackupQuery implements Submittable {
  readonly rows: (string | undefined)[][] = [];
  readonly messages: Readable;
  readonly #command: string;
  #socket: Duplex | undefined;

  constructor(command: string) {
    this.#command = command;
    this.messages = new Readable({
      objectMode: true,
      highWaterMark: WAITING_MAX,
      read: () => this.#socket?.resume(),
    });
    // Its reader may have given up before the connection fails.
    this.messages.on("error", () => {});
  }

  submit(connection: Connection): void {
    this.#socket = (connection as Socketed).stream;
    connection.query(this.#command);
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    this.rows.push(fields.map((field) => field ?? undefined));
  }

  handleCopyData({ chunk }: { readonly chunk: Uint8Array }): void {
    // The connection uses the memory again.
    if (!this.messages.push(Buffer.from(chunk))) this.#socket?.pause();
  }

  handleError(error: Error): void {
    this.messages.destroy(error);
  }

  handleReadyForQuery(): void {
    this.messages.push(null);
  }

  handleRowDescription(): void {}
  handleCommandComplete(): void {}
  handlePortalSuspended(): void {}
  handleEmptyQuery(): void {}
}
