import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { placeEmbeddedDatabase } from "@trellis/kit/embedded";

export interface Commit {
  readonly id: number;
  readonly timeMs: number;
}

const MAIN = fileURLToPath(new URL("ledgerMain.ts", import.meta.url));

/** A process that writes to a database until it is killed. */
export class Ledger {
  /** Acknowledged by any of the processes. */
  readonly commits: Commit[] = [];
  readonly #directory: string;
  #child: ChildProcess | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async start(): Promise<void> {
    if (!existsSync(this.#directory)) await placeEmbeddedDatabase(this.#directory);
    const child = fork(MAIN, [this.#directory]);
    this.#child = child;
    child.on("message", (commit) => this.commits.push(commit as Commit));
    const ended = once(child, "exit").then(([code]) => {
      throw new Error(`the ledger ended with ${code}`);
    });
    ended.catch(() => {});
    await Promise.race([once(child, "message"), ended]);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }

  async write(entries: number): Promise<void> {
    const enough = this.commits.length + entries;
    while (this.commits.length < enough) await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
