import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRepository, openDirectoryStore } from "@trellis/backup";
import { type Devnet, startNode } from "@trellis/e2e";
import { passphraseWrapping } from "@trellis/platform/keys";
import { systemRandom } from "@trellis/platform/system";
import { LOCAL_NODE_ARGS, localNetwork } from "../network/localNetwork.ts";
import { writeChain } from "../network/writeChain.ts";
import { median } from "../statistics.ts";
import { headOf, untilAt } from "../sync.ts";

const FULL = { blocks: 12_000, pairs: 5, otherMB: 400 };
const SMALL = { blocks: 200, pairs: 1, otherMB: 4 };
const TRELLIS = fileURLToPath(new URL("../../../apps/trellis/bin/trellis.js", import.meta.url));
const PASSPHRASE = "benchmark";

interface Options {
  readonly small: boolean;
  log(line: string): void;
}

export interface Slowdown {
  /** Time in which a node imports a fixed chain while its data is backed up, over the time without; median of pairs. */
  readonly slowdown: number;
  readonly blocksPerSecond: { readonly alone: number; readonly withBackup: number };
  readonly backups: number;
}

/**
 * Backups run one after another, each as its own process and into a new repository, so the figure is that of the
 * time of a first backup. Other data makes them last, otherwise they would mostly start processes.
 */
export async function measureSlowdown({ small, log }: Options): Promise<Slowdown> {
  const { blocks, pairs, otherMB } = small ? SMALL : FULL;
  const place = await mkdtemp(join(tmpdir(), "trellis-bench-slowdown-"));
  let full: Devnet | undefined;
  try {
    await mkdir(join(place, "full"));
    await writeFile(join(place, "other"), systemRandom.bytes(otherMB * 1e6));
    await writeFile(join(place, "passphrase"), PASSPHRASE, { mode: 0o600 });
    await writeChain(localNetwork(), join(place, "full"), blocks, log);
    full = await startNode({ dataDir: join(place, "full"), args: [...LOCAL_NODE_ARGS, "--archive"] });
    const seconds = { alone: 0, withBackup: 0 };
    const ratios: number[] = [];
    let backups = 0;
    for (let pair = 0; pair < pairs; pair++) {
      const ofPair = { alone: 0, withBackup: 0 };
      for (const withBackup of pair % 2 === 0 ? [false, true] : [true, false]) {
        const run = await importChain(full, place, { withBackup, log });
        ofPair[withBackup ? "withBackup" : "alone"] = run.seconds;
        backups += run.backups;
      }
      seconds.alone += ofPair.alone;
      seconds.withBackup += ofPair.withBackup;
      ratios.push(ofPair.withBackup / ofPair.alone);
      log(`pair ${pair + 1}: slowdown ${ratios.at(-1)!.toFixed(3)}`);
    }
    const speed = (time: number): number => (blocks * pairs) / time;
    return {
      slowdown: median(ratios),
      blocksPerSecond: { alone: speed(seconds.alone), withBackup: speed(seconds.withBackup) },
      backups,
    };
  } finally {
    await full?.stop();
    await rm(place, { recursive: true, force: true });
  }
}

interface Run {
  readonly withBackup: boolean;
  log(line: string): void;
}

/** Starts an empty node, which syncs the chain of `full`. */
async function importChain(
  full: Devnet,
  place: string,
  { withBackup, log }: Run,
): Promise<{ readonly seconds: number; readonly backups: number }> {
  const [dataDir, repository] = [join(place, "data"), join(place, "repository")];
  const address = full.ready.p2p!.addresses[0]!;
  const args = [...LOCAL_NODE_ARGS, "--archive", "--bootstrap", address];
  await mkdir(dataDir);
  await copyFile(join(place, "other"), join(dataDir, "other"));
  const node = await startNode({ dataDir, args });
  const end = new AbortController();
  const backingUp = withBackup ? backUpUntil(end.signal, place) : Promise.resolve(0);
  backingUp.catch(() => {});
  try {
    const seconds = await untilAt(node, await headOf(full), log);
    end.abort();
    return { seconds, backups: await backingUp };
  } finally {
    end.abort();
    await node.stop();
    for (const directory of [dataDir, repository]) await rm(directory, { recursive: true, force: true });
  }
}

/** Returns the number of complete backups; the last one may end after the signal. */
async function backUpUntil(signal: AbortSignal, place: string): Promise<number> {
  const options = ["--data-dir", join(place, "data"), "--repository", join(place, "repository")];
  const passphrase = ["--passphrase-from", `file:${join(place, "passphrase")}`];
  let backups = 0;
  while (!signal.aborted) {
    await newRepository(join(place, "repository"));
    const child = spawn(process.execPath, [TRELLIS, "backup", "run", ...options, ...passphrase], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const [code] = await once(child, "exit");
    if (code !== 0) throw new Error(`trellis backup run ended with ${code}`);
    backups += 1;
  }
  return backups;
}

async function newRepository(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  const wrapping = passphraseWrapping(PASSPHRASE, { random: systemRandom, cost: 2 });
  await createRepository({ store: await openDirectoryStore(directory), wrapping, random: systemRandom });
}
