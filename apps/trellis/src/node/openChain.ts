import { availableParallelism } from "node:os";
import {
  bytesToHex,
  hexToBytes,
  isTrellisError,
  type Log,
  runPaced,
  type Steps,
  type TrellisError,
} from "@trellis/base";
import {
  type Chain,
  type ChainPorts,
  createChain,
  DEFAULT_MEMPOOL_LIMITS,
  openFileJournal,
} from "@trellis/chain";
import { createRecoveryPool, type RecoveryPool, type VitalWorkers } from "@trellis/crypto";
import { createEvm, createEvmPool, createQuickCalls, DEFAULT_COMPILE_LIMITS } from "@trellis/evm";
import { createWorkVerifier, type WorkVerifier } from "@trellis/mining";
import type { LiveSettings } from "@trellis/platform/config";
import type { Lifecycle } from "@trellis/platform/lifecycle";
import { repeat } from "@trellis/platform/service";
import { systemClock, systemPace, systemRandom, systemScheduler } from "@trellis/platform/system";
import {
  type Address,
  compactToTarget,
  ecdsaRecoveryInput,
  type Header,
  type NetworkParameters,
  recoverSender,
  sealHash,
  sealRoot,
  type Transaction,
} from "@trellis/protocol";
import { createMemoryStore, type KeyValueStore, openStore, type StoreKind } from "@trellis/storage";
import type { ChainIo } from "./ChainIo.ts";
import { createStorageGuard } from "./createStorageGuard.ts";
import { chainDirectory, journalFile } from "./dataDirectory.ts";
import type { OpenedFork } from "./fork/openFork.ts";
import { measureStores } from "./measureStores.ts";
import { mempoolLimits } from "./mempoolLimits.ts";
import type { MempoolSettings } from "./mempoolSettings.ts";
import { recoverAuthorities } from "./recoverAuthorities.ts";

interface ChainSettings {
  readonly parameters: NetworkParameters;
  readonly dataDir: string | undefined;
  readonly storeKind: StoreKind;
  readonly isArchive: boolean;
  readonly isDurable: boolean;
  readonly mempool?: MempoolSettings;
  readonly fork?: OpenedFork | undefined;
  readonly live?: Pick<LiveSettings<MempoolSettings>, "onReload">;
  /** Default: 0. */
  readonly shard?: number;
  /** In a network with several shards. */
  readonly shardPorts?: Pick<ChainPorts, "anchors" | "outboxes" | "crossLinks" | "reportEvidence">;
  /** Threads each for signatures and for proofs of work. Default: 1. 0: this thread does the work. */
  readonly workers?: number;
}

const WORKERS = 1;
const CALL_WORKERS_MAX = 4;
export const CALL_WORKERS = Math.max(1, Math.min(CALL_WORKERS_MAX, availableParallelism() - 1));
const EXPIRY_MS = 60_000;
/** Tests run many contracts for a short time each: compiling these takes longer than running them. [EVM-21] */
const CONTROLLED_COMPILE_LIMITS = { ...DEFAULT_COMPILE_LIMITS, gasPerByte: 10_000 };
/** A thousand times the time of a batch, for machines that are busy or start the thread. */
const ANSWER_MS_MAX = 60_000;

export async function openChain(
  settings: ChainSettings,
  { lifecycle, log, metrics, tracing }: ChainIo,
): Promise<Chain> {
  const { parameters, dataDir, isArchive, mempool, fork, live, shardPorts } = settings;
  const { shard = 0, workers = WORKERS } = settings;
  const store = await lifecycle.start(
    "store",
    () => openChainStore(settings),
    (opened) => opened.close(),
  );
  if (dataDir !== undefined) {
    await lifecycle.start(
      "store metrics",
      () => measureStores(dataDir, { metrics, scheduler: systemScheduler, log }),
      (measuring) => measuring.stop(),
    );
  }
  const recovery = await openRecovery(workers, lifecycle);
  const verifier = await openVerifier(workers, lifecycle);
  const journal = dataDir === undefined ? undefined : await openJournal(dataDir, lifecycle);
  const pool = await lifecycle.start(
    "calls",
    () => createEvmPool({ workers: CALL_WORKERS, reading: fork?.reading }, systemScheduler),
    (opened) => opened.close(),
  );
  const isQuick = parameters.isControlled && fork === undefined;
  const callEvm = isQuick ? createQuickCalls(pool, { random: systemRandom, clock: systemClock }) : pool;
  const compile = parameters.isControlled === true ? CONTROLLED_COMPILE_LIMITS : DEFAULT_COMPILE_LIMITS;
  const limits = mempool === undefined ? DEFAULT_MEMPOOL_LIMITS : mempoolLimits(mempool);
  const chain = await lifecycle.start(
    "chain",
    () =>
      createChain(
        { parameters, shard, isArchive },
        { limits, ...(journal === undefined ? {} : { journal }) },
        {
          store,
          evm: createEvm({ random: systemRandom, pace: systemPace, keepsResults: true, compile }),
          callEvm,
          origin: fork?.origin,
          ...shardPorts,
          recoverSenders: (...request) => recoverSenders(recovery, ...request),
          recoverAuthorities: (transaction) => recoverAuthorities(recovery, transaction),
          verifySeal: (header) => verifySeal(verifier, parameters, header),
          ...(dataDir === undefined ? {} : { storageShortage: createStorageGuard(dataDir) }),
          clock: systemClock,
          random: systemRandom,
          pace: systemPace,
          log: log.child("chain"),
          metrics,
          tracing,
        },
      ),
    (opened) => opened.idle(),
  );
  live?.onReload((changed) => () => chain.pool.changeLimits(mempoolLimits(changed)));
  await lifecycle.start(
    "mempool expiry",
    () => repeat(systemScheduler, EXPIRY_MS, () => void expire(chain.pool, log)),
    (expiry) => expiry.stop(),
  );
  return chain;
}

function openRecovery(workers: number, lifecycle: Lifecycle): Promise<RecoveryPool> {
  const name = "signature recovery";
  return lifecycle.start(
    name,
    () => createRecoveryPool({ workers, vital: vital(name, lifecycle) }),
    (opened) => opened.close(),
  );
}

function openVerifier(workers: number, lifecycle: Lifecycle): Promise<WorkVerifier> {
  const name = "proof-of-work checks";
  return lifecycle.start(
    name,
    () => createWorkVerifier({ workers, vital: vital(name, lifecycle) }),
    (opened) => opened.close(),
  );
}

/** Blocks cannot be checked without these threads. [EXEC-35] */
function vital(name: string, lifecycle: Lifecycle): VitalWorkers {
  const onFailed = (error: Error): void => lifecycle.fail(name, error);
  return { name, answerMsMax: ANSWER_MS_MAX, scheduler: systemScheduler, onFailed };
}

function openJournal(dataDir: string, lifecycle: Lifecycle) {
  return lifecycle.start(
    "journal",
    () => openFileJournal(journalFile(dataDir)),
    (opened) => opened.close(),
  );
}

async function openChainStore({ dataDir, storeKind, isDurable }: ChainSettings): Promise<KeyValueStore> {
  if (dataDir === undefined) return createMemoryStore();
  return openStore(chainDirectory(dataDir), storeKind, { isDurable });
}

async function expire(pool: Chain["pool"], log: Log): Promise<void> {
  try {
    await runPaced(pool.expire(), systemPace);
  } catch (error) {
    log.error("mempool.expiryFailed", {
      error: error instanceof Error ? error : String(error),
      message: "Expired transactions stay in the mempool.",
    });
  }
}

/** Workers recover ECDSA senders; this thread verifies key-agile signatures (up to 1 ms each). */
async function recoverSenders(pool: RecoveryPool, transactions: readonly Transaction[], isUrgent?: boolean) {
  const inputs = transactions.map(ecdsaRecoveryInput);
  const recovered = await pool.recoverAll(
    inputs.filter((input) => input !== undefined),
    isUrgent,
  );
  const found = recovered.map((signer) => (signer instanceof Uint8Array ? bytesToHex(signer) : signer));
  if (found.length === transactions.length) return found;
  const ecdsa = found.values();
  const senders = function* (): Steps<(Address | TrellisError)[]> {
    const all: (Address | TrellisError)[] = [];
    for (const [index, transaction] of transactions.entries()) {
      if (inputs[index] !== undefined) all.push(ecdsa.next().value!);
      else {
        all.push(attempt(() => recoverSender(transaction)));
        yield;
      }
    }
    return all;
  };
  return runPaced(senders(), systemPace);
}

function attempt<T>(action: () => T): T | TrellisError {
  try {
    return action();
  } catch (error) {
    if (isTrellisError(error)) return error;
    throw error;
  }
}

async function verifySeal(
  verifier: WorkVerifier,
  parameters: NetworkParameters,
  header: Header,
): Promise<boolean> {
  const { shard, seal, bits, stream } = header;
  return verifier.verify({
    parameters: parameters.streams[stream]!,
    sealRoot: hexToBytes(sealRoot(shard, sealHash(header), seal.branch)),
    nonce: seal.nonce,
    target: compactToTarget(bits),
  });
}
