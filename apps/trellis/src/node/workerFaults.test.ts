import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isTrellisError, silentLog, silentMetrics, type TrellisError } from "@trellis/base";
import { createRecoveryPool, keccak256, keccak256Hex, sign, type VitalWorkers } from "@trellis/crypto";
import { createEvmPool } from "@trellis/evm";
import { VirtualTime } from "@trellis/kit/time";
import {
  injectWorkerFaults,
  WORKER_FAULTS,
  type WorkerFault,
  type WorkerFaults,
} from "@trellis/kit/workerFaults";
import { createCpuMiner, createPowAlgorithm, createWorkVerifier, verifyWork } from "@trellis/mining";
import { createLifecycle } from "@trellis/platform/lifecycle";
import type { ServiceIo } from "@trellis/platform/service";
import { DEFAULT_FORK, type Hash } from "@trellis/protocol";
import { createSegmentPool } from "@trellis/reserves/liabilities";
import { ReadPool } from "@trellis/rpc";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { chainDirectory } from "./dataDirectory.ts";
import { networkOf } from "./networkOf.ts";
import { openChain } from "./openChain.ts";

interface Work {
  run(signal: AbortSignal): Promise<unknown>;
  close(): Promise<void>;
}

interface Kind {
  readonly isVital: boolean;
  /** Faults that leave a complete answer, which only computing it again would refute. */
  readonly undetectable: readonly WorkerFault[];
  open(ports: { readonly vital: VitalWorkers; readonly time: VirtualTime }): Work;
}

const ANSWER_MS_MAX = 60_000;
const SEGMENT_MS_MAX = 600_000;
const LIES: readonly WorkerFault[] = ["clears its bytes", "changes its numbers"];
const MEMORY = { algorithm: "memory", memoryKiB: 64, passes: 1 } as const;
const sealRoot = new Uint8Array(32).fill(6);

let directory: string;
let genesis: Hash;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "trellis-workers-"));
  const lifecycle = createLifecycle({ log: silentLog });
  const io = { lifecycle, log: silentLog, metrics: silentMetrics } as unknown as ServiceIo;
  const parameters = networkOf("dev", { accounts: 1, validators: 1 } as Parameters<typeof networkOf>[1]);
  const stored = { dataDir: directory, storeKind: "lmdb", isArchive: true, isDurable: false } as const;
  const chain = await openChain({ parameters, ...stored }, io);
  genesis = chain.view.head().hash;
  await lifecycle.stop("written");
});
afterAll(() => rm(directory, { recursive: true }));

const KINDS: Readonly<Record<string, Kind>> = {
  "signature recovery": {
    isVital: true,
    undetectable: ["changes its numbers"],
    open({ vital }) {
      const pool = createRecoveryPool({ workers: 1, vital });
      const key = new Uint8Array(32).fill(7);
      const hash = keccak256(key);
      const { r, ...rest } = sign(hash, key);
      const requests = [r, 5n, r].map((x) => ({ hash, signature: { r: x, ...rest } }));
      return { run: async () => (await pool.recoverAll(requests)).map(codeOf), close: () => pool.close() };
    },
  },
  "proof-of-work checks": {
    isVital: true,
    undetectable: ["changes its numbers"],
    open({ vital }) {
      const pool = createWorkVerifier({ workers: 1, vital });
      const value = createPowAlgorithm(MEMORY).hash(sealRoot, 9n);
      const works = [value, value - 1n].map((target) => ({
        parameters: MEMORY,
        sealRoot,
        nonce: 9n,
        target,
      }));
      return { run: () => pool.verifyAll(works), close: () => pool.close() };
    },
  },
  mining: {
    isVital: false,
    undetectable: [],
    open({ time }) {
      const miner = createCpuMiner({ workers: 1 }, time);
      const target = 2n ** 256n / 50n;
      return {
        async run(signal) {
          const nonce = await miner.mine({ parameters: MEMORY, sealRoot, target, signal });
          return verifyWork(createPowAlgorithm(MEMORY), sealRoot, nonce, target);
        },
        close: () => miner.close(),
      };
    },
  },
  calls: {
    isVital: false,
    undetectable: [...LIES, "cuts its bytes"],
    open({ time }) {
      const pool = createEvmPool({ workers: 1 }, time);
      return { run: (signal) => pool.call(callInput(signal)), close: () => pool.close() };
    },
  },
  "block reads": {
    isVital: false,
    undetectable: [...LIES, "cuts its bytes"],
    open({ time }) {
      const url = new URL("./readWorker.ts", import.meta.url);
      const pool = new ReadPool({ url, source: chainDirectory(directory), workers: 1 }, time);
      const limits = { responseBytesMax: 1e6, logsResultsMax: 10 };
      return {
        async run(signal) {
          const cancellation = { signal, isOver: () => signal.aborted };
          const json = await pool.run({ kind: "block", hash: genesis, isFull: true }, limits, cancellation);
          return JSON.parse(json.text());
        },
        close: () => pool.close(),
      };
    },
  },
  segments: {
    isVital: false,
    undetectable: LIES,
    open({ time }) {
      const pool = createSegmentPool(1, time);
      const columns = 1;
      const leafSize = 120;
      const parts = {
        hash: "sha256",
        snapshotId: new Uint8Array(32),
        paddingSecret: sealRoot,
        leafVersion: 1,
      } as const;
      return {
        run: () => pool.build({ ...parts, columns, toLevel: 0, leaves: new Uint8Array(leafSize * 8_192) }),
        close: () => pool.close(),
      };
    },
  },
};

function codeOf(outcome: Uint8Array | TrellisError): unknown {
  return isTrellisError(outcome) ? outcome.code : outcome;
}

/** Returns the word of a storage slot. */
function callInput(signal: AbortSignal) {
  const code = Uint8Array.from([0x5f, 0x54, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3]);
  const codeHash = keccak256Hex(code);
  return {
    state: {
      account: () => ({ nonce: 1n, balance: 0n, codeHash }),
      storage: () => 77n,
      code: () => code,
    },
    context: {
      chainId: 1n,
      number: 1n,
      timestamp: 1n,
      gasLimit: 30_000_000n,
      baseFee: 0n,
      prevRandao: `0x${"ab".repeat(32)}` as Hash,
      fork: DEFAULT_FORK,
      blockHash: () => genesis,
    },
    coinbase: `0x${"11".repeat(20)}` as const,
    request: {
      from: `0x${"22".repeat(20)}` as const,
      to: `0x${"33".repeat(20)}` as const,
      gasLimit: 1_000_000n,
      maxFeePerGas: 0n,
      maxPriorityFeePerGas: 0n,
      value: 0n,
      data: new Uint8Array(0),
      accessList: [],
    },
    cancellation: { signal, isOver: () => signal.aborted },
  };
}

const WAIT = { timeout: 60_000, interval: 5 };
/** The first message has no fields that a fault can change. */
const READY = 1;
const CHANGES: ReadonlySet<WorkerFault> = new Set([...LIES, "cuts its bytes", "sends it for another task"]);
const REFUSALS = ["WORKER_UNAVAILABLE", "WORKER_FAILED", "CALL_STOPPED", "MINING_ABORTED", "RPC_CLIENT_GONE"];

let faults: WorkerFaults;
beforeEach(() => {
  faults = injectWorkerFaults();
});
afterEach(() => faults.remove());

describe.each(Object.entries(KINDS))("EXEC-35: a worker for %s", (name, { isVital, undetectable, open }) => {
  const detectable = WORKER_FAULTS.filter((fault) => !undetectable.includes(fault));

  it.each(detectable)("%s, at every message", async (fault) => {
    const expected = await answerOf(name);
    let message = 1;
    while (await isMessageSent(message)) message++;
    expect(message).toBeGreaterThan(1);

    async function isMessageSent(number: number): Promise<boolean> {
      const failures: TrellisError[] = [];
      const time = new VirtualTime();
      const onFailed = (error: TrellisError): void => void failures.push(error);
      // A late thread of the last message must not count as one of this one.
      faults.remove();
      faults = injectWorkerFaults();
      const work = open({ vital: { name, answerMsMax: ANSWER_MS_MAX, scheduler: time, onFailed }, time });
      faults.arm({ fault, message: number });
      const client = new AbortController();
      let isSettled = false;
      const outcome = outcomeOf(work, client.signal).finally(() => (isSettled = true));
      await vi.waitUntil(() => isSettled || faults.hasHappened, WAIT);
      const { hasHappened } = faults;
      faults.disarm();
      if (hasHappened && (fault === "hangs" || fault === "omits it")) {
        client.abort();
        await time.run(ANSWER_MS_MAX - 1);
        if (number > READY) expect(failures).toEqual([]);
        await time.run(SEGMENT_MS_MAX);
      }
      const given = await outcome;
      if (!(given instanceof Error)) expect(given).toEqual(expected);
      else if (fault !== "throws") expect(REFUSALS).toContain((given as TrellisError).code);
      const isFault = number === READY ? !CHANGES.has(fault) : fault !== "throws";
      if (hasHappened && isVital && isFault) {
        await vi.waitUntil(() => failures.length > 0, WAIT);
        expect(failures).toMatchObject([{ code: "WORKER_FAILED", facts: { worker: name } }]);
        expect(await outcomeOf(work)).toBe(failures[0]);
      } else {
        expect(failures).toEqual([]);
        // A thread may end with the task after its answer.
        const next = await outcomeOf(work);
        expect(next instanceof Error ? await outcomeOf(work) : next).toEqual(expected);
      }
      await work.close();
      return hasHappened;
    }
  });
});

const answers = new Map<string, unknown>();

async function answerOf(name: string): Promise<unknown> {
  const time = new VirtualTime();
  const vital = { name, answerMsMax: ANSWER_MS_MAX, scheduler: time, onFailed: () => {} };
  const work = KINDS[name]!.open({ vital, time });
  if (!answers.has(name)) answers.set(name, await outcomeOf(work));
  expect(answers.get(name)).not.toBeInstanceOf(Error);
  await work.close();
  return answers.get(name);
}

function outcomeOf(work: Work, signal = new AbortController().signal): Promise<unknown> {
  return work.run(signal).catch((error: unknown) => error);
}
