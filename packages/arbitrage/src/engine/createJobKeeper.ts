import { type Clock, type Hex, isTrellisError } from "@trellis/base";
import type { BlockReference, ChainClient } from "@trellis/client";
import type { Route } from "@trellis/contracts/arbitrage";
import {
  type ArbitrageLedger,
  type BookDifference,
  type BookKeeping,
  bookSlot,
  checkBooks,
  type Fill,
  gasWeiOf,
  priceOf,
} from "../ledger/index.ts";
import type { PoolAddress } from "../pools/Pool.ts";
import { isSettledAlike, type Risk, type RiskRequest, type Settlement } from "../risk/index.ts";
import { outcomeOf, payerOf, type Slot, type SlotStore, type Submitter } from "../submission/index.ts";
import { type TokenPrices, worthOf, worthOfAsset } from "./Worth.ts";

/** A job on its way, of this worker or another one of the wallet's. */
interface KeptJob {
  readonly token: Hex;
  readonly pools: readonly PoolAddress[];
  readonly lastBlock: number;
  readonly anchor: Route["anchor"];
  /** No block can execute it any more: its last one passed, or its anchor was reorganised away. */
  readonly isDead: boolean;
  /** Of its slot, as it is in the books; undefined before it is. */
  readonly bookedVersion: number | undefined;
  readonly settlement: Settlement | undefined;
  /** It died before anything became of it, and that was told. */
  readonly isToldDead: boolean;
}

/** A slot as it was when it was entered, and what its included transaction did. */
interface Booked {
  readonly slot: Slot;
  readonly fills: readonly Fill[];
}

interface KeeperTerms extends BookKeeping {
  readonly prices: TokenPrices;
}

interface KeeperPorts {
  readonly submitter: Pick<Submitter, "advance">;
  readonly slots: Pick<SlotStore, "open" | "findJob">;
  readonly ledger: ArbitrageLedger;
  readonly risk: Pick<Risk, "settle" | "state">;
  readonly client: Pick<ChainClient, "blockHash" | "logs" | "balance" | "call">;
  readonly clock: Clock;
}

/** What became of a job since the last look. */
export interface JobNews {
  readonly id: string;
  readonly outcome: "executed" | "reverted" | "expired" | "undone";
  readonly profitWei: bigint;
  readonly gasWei: bigint;
}

interface KeptNews {
  readonly jobs: readonly JobNews[];
  /** Where the books differ from the chain; undefined where they were not compared. */
  readonly differences: readonly BookDifference[] | undefined;
}

const NOTHING: Settlement = { outcome: "expired", profitWei: 0n, gasWei: 0n };

/** Who moves the accounts from outside leaves no change here: even books are compared again after this long. */
const COMPARE_AFTER_MS = 60_000;

/** Follows what was submitted: inclusion, books, what risk held. */
export function createJobKeeper(terms: KeeperTerms, ports: KeeperPorts) {
  const { submitter, slots, ledger, risk, client, clock } = ports;
  const jobs = new Map<string, KeptJob>();
  /** By nonce: slots that changed and are not in the books yet. */
  const unbooked = new Map<number, Slot>();
  /** By nonce: what the books have of slots that are included, so that nothing is booked again when that is final. */
  const booked = new Map<number, Booked>();
  /** Of jobs that did nothing: what they were to close may still be open. */
  const freed = new Set<PoolAddress>();
  /** The highest head that was told of. */
  let headHeight = 0;
  /** Whether the books were the chain's when they were compared last. */
  let isEven = false;
  let comparedAtMs = 0;

  async function book(slot: Slot, news: JobNews[]): Promise<void> {
    const known = booked.get(slot.nonce);
    const fills =
      known !== undefined && isSame(known, slot)
        ? known.fills
        : await bookSlot(slot, terms, {
            ...{ ledger, client, clock },
            worthOf: (asset, amount) => worthOfAsset(terms.prices, asset, amount),
          });
    if (slot.state === "included") booked.set(slot.nonce, { slot, fills });
    else booked.delete(slot.nonce);
    for (const id of new Set(slot.attempts.flatMap(({ job }) => (job === undefined ? [] : [job.id])))) {
      await settle(id, slot, fills, news);
      const job = jobs.get(id);
      if (job !== undefined) jobs.set(id, { ...job, bookedVersion: slot.version });
    }
  }

  async function settle(id: string, slot: Slot, fills: readonly Fill[], news: JobNews[]): Promise<void> {
    const job = jobs.get(id);
    if (job === undefined) return;
    const { settlement: before } = job;
    const settlement = settlementOf(id, slot, job.token, fills);
    const isFinal = slot.state === "final";
    const isChanged = !isSettledAlike(before, settlement);
    // Whatever others told of it meanwhile, this is what the books have now.
    if (isChanged || isFinal) await risk.settle(id, settlement, isFinal);
    if (isChanged) {
      if (before !== undefined) news.push({ id, ...before, outcome: "undone" });
      if (settlement !== undefined) news.push({ id, ...settlement });
      if (settlement !== undefined && settlement.outcome !== "executed")
        for (const pool of job.pools) freed.add(pool);
      jobs.set(id, { ...job, settlement });
    }
    if (isFinal) jobs.delete(id);
  }

  /** What a slot made of one of its jobs; undefined while that is open. */
  function settlementOf(id: string, slot: Slot, token: Hex, fills: readonly Fill[]): Settlement | undefined {
    const outcome = outcomeOf(slot, id);
    if (outcome === "open") return undefined;
    if (slot.inclusion === undefined || payerOf(slot) !== id) return { outcome, profitWei: 0n, gasWei: 0n };
    const gasWei = gasWeiOf({ ...slot.inclusion, gasPriceWei: priceOf(slot.inclusion) });
    const profit = (fills.at(-1)?.amountOut ?? 0n) - (fills[0]?.amountIn ?? 0n);
    return { outcome, profitWei: worthOf(terms.prices, token, profit) ?? 0n, gasWei };
  }

  /** Whoever admitted or settled a job may be gone: all workers follow all that risk knows and that is not final. */
  async function adopt(): Promise<void> {
    const { reserved, settled } = await risk.state();
    for (const [id, { token }] of [...reserved, ...settled]) {
      if (jobs.has(id)) continue;
      const opportunity = await ledger.opportunity(id);
      if (opportunity === undefined) continue;
      keep(id, token, opportunity.route, settled.get(id)?.settlement);
    }
  }

  /** What other workers changed; a job that nobody submitted before its last block passed has cost nothing. */
  async function lookAtSlots(): Promise<void> {
    if (jobs.size === 0) return;
    const known = slotsByJob([...unbooked.values(), ...(await slots.open())]);
    for (const [id, job] of jobs) {
      const slot = known.get(id) ?? (await slots.findJob(id));
      if (slot === undefined && job.lastBlock < headHeight) {
        await drop(id);
        continue;
      }
      if (slot !== undefined && !slot.attempts.some((attempt) => attempt.job?.id === id)) {
        // It passed long ago, and the slot has forgotten it.
        await drop(id);
        continue;
      }
      if (slot !== undefined && slot.version !== job.bookedVersion) unbooked.set(slot.nonce, slot);
      if (job.settlement === undefined) jobs.set(id, { ...job, isDead: !(await isAlive(job)) });
    }
  }

  async function isAlive({ lastBlock, anchor: { number, hash } }: KeptJob): Promise<boolean> {
    return lastBlock > headHeight && (hash === undefined || (await client.blockHash(number)) === hash);
  }

  function keep(
    id: string,
    token: Hex,
    { hops, anchor, windowBlocks }: Route,
    settlement?: Settlement,
  ): void {
    const pools = hops.map(({ pool }) => pool as PoolAddress);
    const nothing = { bookedVersion: undefined, isDead: false, isToldDead: false };
    const lastBlock = anchor.number + windowBlocks;
    jobs.set(id, { token, pools, anchor, lastBlock, settlement, ...nothing });
  }

  async function drop(id: string): Promise<void> {
    const settlement = jobs.get(id)?.settlement ?? NOTHING;
    jobs.delete(id);
    await risk.settle(id, settlement, true);
  }

  return {
    /** Pools that a job may still change after a block, by the job. */
    takenAfter(height: number): ReadonlyMap<PoolAddress, string> {
      const taken = new Map<PoolAddress, string>();
      for (const [id, { pools, lastBlock, settlement, isDead }] of jobs)
        if (settlement === undefined && !isDead && lastBlock > height)
          for (const pool of pools) taken.set(pool, id);
      return taken;
    },

    /** Pools of jobs that died, or did nothing, since the last time. */
    died(height: number): readonly PoolAddress[] {
      headHeight = Math.max(headHeight, height);
      for (const [id, job] of jobs) {
        const isAtWork = !job.isDead && job.lastBlock > height;
        if (job.settlement !== undefined || job.isToldDead || isAtWork) continue;
        jobs.set(id, { ...job, isToldDead: true });
        for (const pool of job.pools) freed.add(pool);
      }
      const pools = [...freed];
      freed.clear();
      return pools;
    },

    /** Before a job is handed in. */
    keep: ({ id, token }: Pick<RiskRequest, "id" | "token">, route: Route) => keep(id, token, route),

    /** Nothing of it was sent. */
    drop,

    /** Takes up what a former process left out of the books. */
    async recover(): Promise<void> {
      for (const slot of await slots.open()) unbooked.set(slot.nonce, slot);
    },

    /**
     * The next step of all slots; enters what they did. What fails to be entered is tried again the next time.
     * Compares the books after each change, at every look until they are the chain's, and once a minute.
     * @param head as it was before this look: all that it has is in the books then
     */
    async advance(head?: BlockReference): Promise<KeptNews> {
      await adopt();
      for (const slot of await submitter.advance()) unbooked.set(slot.nonce, slot);
      await lookAtSlots();
      const news: JobNews[] = [];
      let newest: BlockReference | undefined;
      for (const [nonce, slot] of unbooked) {
        await book(slot, news);
        unbooked.delete(nonce);
        const { inclusion } = slot;
        if (inclusion !== undefined && inclusion.block.height > (newest?.height ?? -1))
          newest = inclusion.block;
      }
      const isDue = newest !== undefined || !isEven || clock.nowMs() - comparedAtMs >= COMPARE_AFTER_MS;
      // Of blocks that came during this look the books may have some transactions and not others.
      const compared = isDue ? (head ?? newest) : undefined;
      const differences = compared && (await compare(compared));
      if (newest !== undefined && compared !== undefined && newest.height > compared.height) isEven = false;
      return { jobs: news, differences };
    },
  };

  async function compare(block: BlockReference): Promise<readonly BookDifference[] | undefined> {
    try {
      const differences = await checkBooks(ledger, client, { chainId: terms.chainId, block });
      isEven = differences.length === 0;
      comparedAtMs = clock.nowMs();
      return differences;
    } catch (error) {
      // The node has this block's state no more: the next execution compares all again.
      if (isTrellisError(error, "NODE_BLOCK_UNKNOWN")) return undefined;
      throw error;
    }
  }
}

function slotsByJob(slots: readonly Slot[]): ReadonlyMap<string, Slot> {
  return new Map(
    slots.flatMap((slot) =>
      slot.attempts.flatMap(({ job }) => (job === undefined ? [] : [[job.id, slot] as const])),
    ),
  );
}

/** Whether the books have all that they would have of the slot as it is now. */
function isSame({ slot }: Booked, { attempts, inclusion }: Slot): boolean {
  return (
    inclusion?.transactionHash === slot.inclusion?.transactionHash &&
    inclusion?.block.hash === slot.inclusion?.block.hash &&
    attempts.length === slot.attempts.length
  );
}

export type JobKeeper = ReturnType<typeof createJobKeeper>;
