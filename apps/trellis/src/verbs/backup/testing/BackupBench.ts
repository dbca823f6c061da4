import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRepository, openBlobStore } from "@trellis/backup";
import { silentLog, silentMetrics } from "@trellis/base";
import { passphraseWrapping } from "@trellis/platform/keys";
import { createLifecycle } from "@trellis/platform/lifecycle";
import type { ServiceIo } from "@trellis/platform/service";
import { systemRandom } from "@trellis/platform/system";
import { run } from "../run.ts";
import { backupDefinition, backupSettings } from "../settings.ts";

export type Flags = Parameters<typeof backupSettings>[0];

/** Runs the verb on a folder with `data`, a passphrase and repositories. */
export class BackupBench {
  readonly folder: string;
  stdout = "";
  stderr = "";
  environment: Readonly<Record<string, string>> = {};
  /** To prompts, in order. */
  readonly answers: string[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<BackupBench> {
    const bench = new BackupBench(await mkdtemp(join(tmpdir(), "trellis-backup-verb-")));
    await mkdir(bench.at("data"));
    await writeFile(bench.at("data", "file"), "contents");
    await writeFile(bench.at("passphrase"), "correct");
    return bench;
  }

  /** Like `init`, but its passphrase takes no time. */
  async newRepository(name = "repository"): Promise<void> {
    const wrapping = passphraseWrapping("correct", { random: systemRandom, cost: 2 });
    const store = await openBlobStore(this.at(name), {});
    await createRepository({ store, wrapping, random: systemRandom });
  }

  close(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }

  at(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Returns the printed JSON. */
  async json(given: Partial<Flags>, ...operands: readonly string[]): Promise<Record<string, unknown>> {
    return JSON.parse(await this.run({ json: true, ...given }, ...operands));
  }

  /** Returns what was printed, also to `stdout` and `stderr` if the command fails. */
  async run(given: Partial<Flags>, ...operands: readonly string[]): Promise<string> {
    const pieces: Buffer[] = [];
    this.stderr = "";
    const lifecycle = createLifecycle({ log: silentLog });
    const io = {
      lifecycle,
      log: silentLog,
      metrics: silentMetrics,
      environment: this.environment,
      askSecret: async () => this.answers.shift(),
      stdout: {
        isTerminal: false,
        write: (text: string | Uint8Array) => void pieces.push(Buffer.from(text)),
      },
      stderr: {
        write: (text: string) => {
          this.stderr += text;
        },
      },
    } as unknown as ServiceIo;
    const flags = {
      ...defaults(),
      limitRate: 0,
      dataDir: this.at("data"),
      repository: [this.at("repository")],
      passphraseFrom: `file:${this.at("passphrase")}`,
      ...given,
    };
    try {
      await run(await backupSettings(flags, operands), io);
    } finally {
      await lifecycle.stop("done");
      this.stdout = Buffer.concat(pieces).toString();
    }
    return this.stdout;
  }
}

function defaults(): Flags {
  return Object.fromEntries(
    Object.entries(backupDefinition.settings).map(([name, setting]) => [name, setting.default]),
  ) as never;
}
