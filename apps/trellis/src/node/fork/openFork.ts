import { isTrellisError } from "@trellis/base";
import type { ServiceIo } from "@trellis/platform/service";
import { systemClock, systemScheduler } from "@trellis/platform/system";
import type { Address, OriginState } from "@trellis/protocol";
import type { ForkedChain } from "@trellis/rpc";
import { createMemoryStore, openStore } from "@trellis/storage";
import { trellisErrors } from "../../errors.ts";
import { forkDirectory, forkFile } from "../dataDirectory.ts";
import type { ForkedGenesis } from "../networkOf.ts";
import type { ForkBlock } from "./ForkReader.ts";
import { ForkState, withoutAccounts } from "./ForkState.ts";
import { readForkRecord, writeForkRecord } from "./forkRecord.ts";
import type { Reading } from "./readOverridden.ts";
import { type ForkThread, startForkThread } from "./startForkThread.ts";
import { watchFork } from "./watchFork.ts";

export interface ForkSettings {
  readonly url: string;
  readonly block: number | "latest";
  /** Undefined: cached in memory only. */
  readonly dataDir: string | undefined;
  /** The directory's block is forgotten before `open`. */
  readonly isNew: boolean;
}

export interface OpenedFork {
  readonly origin: OriginState;
  readonly reading: Reading;
}

export interface Fork {
  readonly forked: ForkedChain;
  readonly genesis: ForkedGenesis;
  /** Why the forked chain's node cannot be read now. */
  problem(): string | undefined;
  /** The directory keeps the block from here on. @param own accounts of the genesis */
  open(own: Iterable<Address>): OpenedFork;
}

/** @param funded accounts of the genesis that send transactions @throws FORK_DIFFERENT, FORK_READ_FAILED */
export async function openFork(
  settings: ForkSettings,
  funded: readonly Address[],
  io: ServiceIo,
): Promise<Fork> {
  const { lifecycle, log, metrics } = io;
  const watching = { metrics, clock: systemClock, scheduler: systemScheduler };
  const thread = await lifecycle.start(
    "fork reads",
    () => watchFork(startForkThread(settings.url, systemScheduler), watching),
    (started) => started.end(),
  );
  const block = await blockOf(settings, thread, io);
  const cache = await lifecycle.start(
    "fork cache",
    () => openCache(settings, block),
    (opened) => opened.close(),
  );
  const ports = { thread, cache, clock: systemClock, log: log.child("fork") };
  const state = new ForkState(block, ports);
  await state.load(funded);
  const { chainId, number, hash } = block;
  return {
    forked: {
      url: settings.url,
      chainId,
      number,
      hash,
      request: (method, params) => thread.ask({ kind: "request", block, method, params }),
    },
    problem: () => thread.problem(),
    genesis: { ...block, nonceOf: (address) => state.account(address)?.nonce ?? 0n },
    open(own) {
      const { dataDir } = settings;
      if (dataDir !== undefined) writeForkRecord(forkFile(dataDir), block);
      return { origin: withoutAccounts(state, new Set(own)), reading: (read) => state.reading(read) };
    },
  };
}

/** A devnet keeps its block, because its state is above that block's. */
async function blockOf(
  { dataDir, block: asked, isNew }: ForkSettings,
  thread: ForkThread,
  { log }: ServiceIo,
): Promise<ForkBlock> {
  const known = dataDir === undefined || isNew ? undefined : readForkRecord(forkFile(dataDir));
  if (known === undefined) {
    const found = await thread.ask({ kind: "find", number: asked });
    await warnIfUnproven(found);
    return found;
  }
  const { number, chainId, hash } = known;
  if (asked !== "latest" && asked !== number)
    throw trellisErrors.FORK_DIFFERENT({ reason: "another --fork-block", asked, block: number });
  try {
    await warnIfUnproven(known);
  } catch (error) {
    if (!isTrellisError(error, "FORK_READ_FAILED")) throw error;
    const message = "Only cached values of the forked chain can be read.";
    log.warn("fork.unreachable", { chainId, block: number, hash, error, message });
  }
  return known;

  async function warnIfUnproven(of: ForkBlock): Promise<void> {
    const isProving = await thread.ask({ kind: "check", block: of });
    const facts = { chainId: of.chainId, block: of.number, hash: of.hash };
    if (isProving) log.info("fork.checked", facts);
    else log.warn("fork.unproven", { ...facts, message: "The node gives no proofs, so it is trusted." });
  }
}

function openCache({ dataDir }: ForkSettings, { chainId, number, hash }: ForkBlock) {
  if (dataDir === undefined) return createMemoryStore();
  return openStore(forkDirectory(dataDir, chainId, `${number}-${hash.slice(2, 10)}`), "lmdb", {
    isDurable: false,
  });
}
