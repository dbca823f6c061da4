import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ServiceIo } from "@trellis/platform/service";
import { DevnetClient, lastVotes, until } from "./DevnetClient.ts";
import { DrilledDevnet, VALIDATORS } from "./DrilledDevnet.ts";
import { DrillLoad, pay, RECIPIENT, receipt } from "./DrillLoad.ts";
import type { DrillRecord } from "./DrillRecord.ts";
import {
  contradictions,
  differences,
  type Facts,
  lostBefore,
  type Position,
  recoveryPoint,
} from "./facts.ts";
import {
  balanceFacts,
  certificates,
  certifiedPositions,
  chainFacts,
  finalHeight,
  loadedEntries,
  reservesFacts,
  tradeFacts,
} from "./readFacts.ts";
import { runBackupVerb } from "./runBackupVerb.ts";

interface Made {
  readonly id: string;
  readonly at: string;
  readonly bytes: number;
}

interface Restored extends Made {
  readonly proofs: readonly string[];
  readonly validators: readonly string[];
}

/** What was known before the loss. */
interface Known {
  readonly full: Made;
  readonly logs: Made;
  readonly chain: Facts;
  readonly reserves: Facts;
  readonly balances: Facts;
  readonly trades: Facts;
}

interface Loss {
  readonly load: DrillLoad;
  readonly finalHeight: number;
  readonly positions: readonly Position[];
}

interface Drill {
  readonly record: DrillRecord;
  readonly io: ServiceIo;
  readonly signal: AbortSignal;
  /** Name in the scratch directory. */
  at(name: string): string;
  backup<T>(...operands: readonly string[]): Promise<T>;
  start(dataDir: string): Promise<DrilledDevnet>;
}

const EMPTY = "0x0";

/** Loses a devnet with everything on its disk, restores it from its backups, and compares. [BACKUP-25] */
export async function totalLoss(scratch: string, record: DrillRecord, io: ServiceIo): Promise<void> {
  const drill = drillIn(scratch, record, io);
  const live = await drill.start(drill.at("live/devnet"));
  const [client] = await Promise.all([
    record.step("start a devnet", async () => new DevnetClient(await live.ready())),
    record.step("create a repository", () => createRepository(drill)),
  ]);
  await record.step("wait for the custodian's data", () => untilSeeded(client, drill));
  const load = new DrillLoad({
    client,
    dataDir: drill.at("live/devnet"),
    nowMs: () => record.nowMs(),
    signal: drill.signal,
  });
  const known = await Promise.race([backUpUnderLoad(client, load, drill), load.failed()]);
  const loss = await record.step("kill all processes and delete the data", () =>
    loseEverything(client, live, load, drill),
  );
  measurePoints(known, loss, record);

  const restoreFromMs = record.nowMs();
  const restored = await record.step("restore the newest backup", () => restore(drill));
  record.figures.restoreMs = record.nowMs() - restoreFromMs;
  record.figures.restoredBytes = restored.bytes;
  const again = await drill.start(drill.at("restored/devnet"));
  const resumed = await record.step("start the restored devnet", async () => {
    const found = new DevnetClient(await again.ready());
    await until("services do not answer", drill.signal, () => answers(found));
    return found;
  });
  record.figures.recoveryTimeMs = record.nowMs() - restoreFromMs;
  checkRestore(restored, record);
  await record.step("compare with what was known", () => compare(known, loss, resumed, drill));
  await record.step("continue", () => resume(loss, resumed, drill));
  await record.step("stop the restored devnet", () => again.kill());
}

function drillIn(scratch: string, record: DrillRecord, io: ServiceIo): Drill {
  const { lifecycle, environment } = io;
  // Files of the folder are not the operator's settings.
  const place = { cwd: scratch, environment };
  const repository = ["--repository", join(scratch, "repository")];
  const passphrase = ["--passphrase-from", `file:${join(scratch, "passphrase")}`];
  return {
    record,
    io,
    signal: lifecycle.signal,
    at: (name) => join(scratch, name),
    backup: (...operands) => runBackupVerb([...operands, ...repository, ...passphrase], place, lifecycle),
    start: (dataDir) =>
      lifecycle.start(
        "drilled devnet",
        () => new DrilledDevnet(dataDir, place),
        (devnet) => devnet.kill(),
      ),
  };
}

async function createRepository({ at, backup }: Drill): Promise<void> {
  await writeFile(at("passphrase"), randomBytes(32).toString("base64"), { mode: 0o600 });
  await backup("init");
}

async function untilSeeded(client: DevnetClient, { signal }: Drill): Promise<void> {
  await until("custodian has no data", signal, async () =>
    (await loadedEntries(client)).length > 0 ? true : undefined,
  );
}

async function untilUsed(client: DevnetClient, { signal }: Drill): Promise<void> {
  const some = ({ items }: { readonly items: readonly object[] }) => (items.length > 0 ? true : undefined);
  await until("no attestation", signal, async () => some(await client.reserves("/attestations")));
  await until("no trade", signal, async () => some(await client.arbitrage("/executions?limit=1")));
}

async function backUpUnderLoad(client: DevnetClient, load: DrillLoad, drill: Drill): Promise<Known> {
  const { record, signal, backup, at } = drill;
  await until("no checkpoint contains the load", signal, async () => {
    const isFinal = (await client.rpc("eth_getBalance", [RECIPIENT, "finalized"])) !== EMPTY;
    return isFinal && load.entries.length > 0 ? true : undefined;
  });
  const height = await finalHeight(client);
  const full = await record.step("make a full backup under load", () =>
    backup<Made>("run", "--data-dir", at("live")),
  );
  const chain = await chainFacts(client, height);
  await record.step("wait for an attestation and a trade", () => untilUsed(client, drill));
  const [reserves, balances, trades] = await Promise.all([
    reservesFacts(client),
    balanceFacts(client),
    tradeFacts(client),
  ]);
  const logs = await record.step("back up the logs under load", () =>
    backup<Made>("logs", "--data-dir", at("live")),
  );
  // Writes that the backups do not have.
  const [transactions, entries] = [load.transactions.length, load.entries.length];
  await until("load does not write", signal, async () =>
    load.transactions.length > transactions + 1 && load.entries.length > entries + 1 ? true : undefined,
  );
  return { full, logs, chain, reserves, balances, trades };
}

async function loseEverything(
  client: DevnetClient,
  live: DrilledDevnet,
  load: DrillLoad,
  { at }: Drill,
): Promise<Loss> {
  const positions = await certifiedPositions(client);
  const height = await finalHeight(client);
  load.end();
  await live.kill();
  await load.ended();
  const votes = await lastVotes(at("live/devnet"));
  await rm(at("live"), { recursive: true });
  return { load, finalHeight: height, positions: [...positions, ...load.votes, ...votes] };
}

function measurePoints({ full, logs }: Known, { load }: Loss, { figures }: DrillRecord): void {
  figures.recoveryPoints = {
    chain: recoveryPoint(load.transactions, Date.parse(full.at)),
    databases: recoveryPoint(load.entries, Date.parse(logs.at)),
  };
}

function restore({ backup, at }: Drill): Promise<Restored> {
  return backup<Restored>("restore", "latest", at("restored"), "--all-validators-lost");
}

async function answers(client: DevnetClient): Promise<true> {
  await Promise.all([
    ...client.rpcUrls.map((url) => client.rpc("eth_blockNumber", [], url)),
    client.reserves("/assets"),
    client.arbitrage("/status"),
  ]);
  return true;
}

function checkRestore({ proofs, validators }: Restored, record: DrillRecord): void {
  const missing = (found: readonly string[], what: string): string[] =>
    found.length === VALIDATORS ? [] : [`${found.length} ${what} instead of ${VALIDATORS}`];
  record.check(
    "restore recomputes the state root of each chain",
    missing(
      proofs.filter((proof) => proof.includes("state root")),
      "state roots",
    ),
    proofs.join("; "),
  );
  const marked = `${validators.length} validators marked as restored`;
  record.check("restore marks each validator", missing(validators, "marked validators"), marked);
}

async function compare(
  known: Known,
  loss: Loss,
  client: DevnetClient,
  { record, signal }: Drill,
): Promise<void> {
  const { load } = loss;
  const check = (name: string, recorded: Facts, found: Facts): void =>
    record.check(
      name,
      recorded.size === 0 ? ["nothing to compare"] : differences(recorded, found),
      `${recorded.size} facts`,
    );
  check(
    "certificates, state roots and balances on the chain as of the backup",
    known.chain,
    await chainFacts(client, Number.POSITIVE_INFINITY),
  );
  const { transactions, entries } = load;
  const mined = new Set<string>();
  for (const { name } of transactions) {
    // A node that has just started may be too busy for a call.
    const asked = await until(`no answer for receipt ${name}`, signal, async () => ({
      found: await receipt(client, name),
    }));
    if (asked.found !== undefined) mined.add(name);
  }
  const fullMs = Date.parse(known.full.at);
  record.check(
    "no transaction lost that was acknowledged before the full backup",
    lostBefore(fullMs, transactions, mined),
    `${countUntil(fullMs, transactions)} transactions`,
  );
  check("snapshots, attestations and log head", known.reserves, await reservesFacts(client));
  check("customers' balances and entries", known.balances, await balanceFacts(client));
  const entered = new Set((await loadedEntries(client)).map(({ key }) => key));
  const logsMs = Date.parse(known.logs.at);
  record.check(
    "no ledger entry lost that was acknowledged before the log backup",
    lostBefore(logsMs, entries, entered),
    `${countUntil(logsMs, entries)} entries`,
  );
  check("trades of the arbitrage ledger", known.trades, await tradeFacts(client));
}

function countUntil(endMs: number, writes: readonly { readonly acknowledgedMs: number }[]): number {
  return writes.filter(({ acknowledgedMs }) => acknowledgedMs <= endMs).length;
}

/** Everything works again, and no validator contradicts itself. */
async function resume(loss: Loss, client: DevnetClient, { record, signal, at }: Drill): Promise<void> {
  const votes: Position[] = [];
  const reached = await until("validators do not sign", signal, async () => {
    votes.push(...(await lastVotes(at("restored/devnet"))));
    return (await finalHeight(client)) > loss.finalHeight + 1 ? finalHeight(client) : undefined;
  });
  const newest = (await certificates(client)).at(-1)!;
  const isSigned = newest.signers.length === VALIDATORS;
  record.check(
    "all validators sign again, past the height of the loss",
    isSigned ? [] : [`certificate ${newest.height} has ${newest.signers.length} signers`],
    `height ${loss.finalHeight} at the loss, ${reached} now`,
  );
  const positions = [...loss.positions, ...votes, ...(await certifiedPositions(client))];
  record.check(
    "no certificate or vote contradicts an earlier one",
    contradictions(positions),
    `${positions.length} signed positions`,
  );
  const hash = await pay(client, signal);
  const { status } = (await receipt(client, hash)) as { readonly status: string };
  record.check("new transactions are executed", status === EMPTY ? [`${hash} reverted`] : [], hash);
  record.check("new snapshots are taken", [], `snapshot ${await newSnapshot(client, signal)}`);
}

async function newSnapshot(client: DevnetClient, signal: AbortSignal): Promise<number> {
  const newest = async () => {
    const { items } = await client.reserves<{
      readonly items: readonly { readonly number: number; readonly state: string }[];
    }>("/snapshots?limit=200");
    return Math.max(0, ...items.filter(({ state }) => state === "signed").map(({ number }) => number));
  };
  const before = await newest();
  await client.reserves("/snapshots", {});
  return until("no new snapshot", signal, async () => {
    const number = await newest();
    return number > before ? number : undefined;
  });
}
