import { type Clock, type Hex, isTrellisError, silentTracing, type Tracing } from "@trellis/base";
import type { BlockReference, ChainClient } from "@trellis/client";
import type { Route } from "@trellis/contracts/arbitrage";
import {
  type ArbitrageLedger,
  type BookDifference,
  type BookKeeping,
  bookNonceSlot,
  checkBooks,
  type Fill,
  gasWeiOf,
  priceOf,
} from "../ledger/index.ts";
import type { PoolAddress } from "../pools/Pool.ts";
import { isSettledAlike, type Risk, type RiskRequest, type Settlement } from "../risk/index.ts";
import {
  type NonceSlot,
  type NonceSlotStore,
  outcomeOf,
  payerOf,
  type Submitter,
} from "../submission/index.ts";
import { type TokenPrices, worthOf, worthOfAsset } from "./Worth.ts";

interface TrackedTrade {
  readonly token: Hex;
  readonly pools: readonly PoolAddress[];
  readonly lastBlock: number;
  readonly anchor: Route["anchor"];
  /** The trade's last block has passed, or a reorganisation removed its anchor. */
  readonly isExpired: boolean;
  readonly bookedVersion: number | undefined;
  readonly settlement: Settlement | undefined;
  readonly isDeathReported: boolean;
}

interface Booked {
  readonly slot: NonceSlot;
  readonly fills: readonly Fill[];
}

interface TrackerOptions extends BookKeeping {
  readonly prices: TokenPrices;
}

interface TrackerPorts {
  readonly submitter: Pick<Submitter, "advance">;
  readonly slots: Pick<NonceSlotStore, "open" | "findJob">;
  readonly ledger: ArbitrageLedger;
  readonly risk: Pick<Risk, "settle" | "state">;
  readonly client: Pick<ChainClient, "blockHash" | "logs" | "balance" | "call">;
  readonly clock: Clock;
  readonly tracing?: Tracing | undefined;
}

export interface JobUpdate {
  readonly id: string;
  readonly outcome: "executed" | "reverted" | "expired" | "undone";
  readonly profitWei: bigint;
  readonly gasWei: bigint;
}

interface TrackerUpdate {
  readonly jobs: readonly JobUpdate[];
  readonly differences: readonly BookDifference[] | undefined;
}

const NOTHING: Settlement = { outcome: "expired", profitWei: 0n, gasWei: 0n };

/** Polls balances, because external transfers cause no event. */
const COMPARE_AFTER_MS = 60_000;

export class TradeTracker {
  readonly #options: TrackerOptions;
  readonly #ports: TrackerPorts;
  readonly #jobs = new Map<string, TrackedTrade>();
  readonly #unbooked = new Map<number, NonceSlot>();
  /** Included slots that are not final, by nonce. */
  readonly #booked = new Map<number, Booked>();
  /** Pools whose trades had no effect: price gaps may remain. */
  readonly #freed = new Set<PoolAddress>();
  #headHeight = 0;
  #isReconciled = false;
  #comparedAtMs = 0;

  constructor(options: TrackerOptions, ports: TrackerPorts) {
    this.#options = options;
    this.#ports = ports;
  }

  /** Pools that pending trades may still change, with the trade's id. */
  busyPoolsAfter(height: number): ReadonlyMap<PoolAddress, string> {
    const taken = new Map<PoolAddress, string>();
    for (const [id, { pools, lastBlock, settlement, isExpired }] of this.#jobs)
      if (settlement === undefined && !isExpired && lastBlock > height)
        for (const pool of pools) taken.set(pool, id);
    return taken;
  }

  takeFreedPools(height: number): readonly PoolAddress[] {
    this.#headHeight = Math.max(this.#headHeight, height);
    for (const [id, job] of this.#jobs) {
      const isAtWork = !job.isExpired && job.lastBlock > height;
      if (job.settlement !== undefined || job.isDeathReported || isAtWork) continue;
      this.#jobs.set(id, { ...job, isDeathReported: true });
      for (const pool of job.pools) this.#freed.add(pool);
    }
    const pools = [...this.#freed];
    this.#freed.clear();
    return pools;
  }

  /** Call before submitting. */
  track({ id, token }: Pick<RiskRequest, "id" | "token">, route: Route): void {
    this.#track(id, token, route);
  }

  async recover(): Promise<void> {
    for (const slot of await this.#ports.slots.open()) this.#unbooked.set(slot.nonce, slot);
  }

  /**
   * Retries failed bookings. Compares ledger and on-chain balances after a change, until they agree, and once
   * a minute.
   * @param head last block to book
   */
  async advance(head?: BlockReference): Promise<TrackerUpdate> {
    await this.#adopt();
    for (const slot of await this.#ports.submitter.advance()) this.#unbooked.set(slot.nonce, slot);
    await this.#refreshSlots();
    const updates: JobUpdate[] = [];
    let newest: BlockReference | undefined;
    for (const [nonce, slot] of this.#unbooked) {
      await this.#book(slot, updates);
      this.#unbooked.delete(nonce);
      const { inclusion } = slot;
      if (inclusion !== undefined && inclusion.block.height > (newest?.height ?? -1))
        newest = inclusion.block;
    }
    const isLong = this.#ports.clock.nowMs() - this.#comparedAtMs >= COMPARE_AFTER_MS;
    const isDue = newest !== undefined || !this.#isReconciled || isLong;
    const compared = isDue ? (head ?? newest) : undefined;
    const differences = compared && (await this.#compare(compared));
    if (newest !== undefined && compared !== undefined && newest.height > compared.height)
      this.#isReconciled = false;
    return { jobs: updates, differences };
  }

  async #book(slot: NonceSlot, updates: JobUpdate[]): Promise<void> {
    const known = this.#booked.get(slot.nonce);
    const fills =
      known !== undefined && isSame(known, slot)
        ? known.fills
        : await bookNonceSlot(slot, this.#options, {
            ...this.#ports,
            worthOf: (asset, amount) => worthOfAsset(this.#options.prices, asset, amount),
          });
    if (slot.state === "included") this.#booked.set(slot.nonce, { slot, fills });
    else this.#booked.delete(slot.nonce);
    for (const id of new Set(slot.attempts.flatMap(({ job }) => (job === undefined ? [] : [job.id])))) {
      await this.#settle(id, slot, fills, updates);
      const job = this.#jobs.get(id);
      if (job !== undefined) this.#jobs.set(id, { ...job, bookedVersion: slot.version });
    }
  }

  async #settle(id: string, slot: NonceSlot, fills: readonly Fill[], updates: JobUpdate[]): Promise<void> {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    const { settlement: before } = job;
    const settlement = this.#settlementOf(id, slot, job.token, fills);
    const isFinal = slot.state === "final";
    const isChanged = !isSettledAlike(before, settlement);
    if (isChanged || isFinal) await this.#traced(id, () => this.#ports.risk.settle(id, settlement, isFinal));
    if (isChanged) {
      if (before !== undefined) updates.push({ id, ...before, outcome: "undone" });
      if (settlement !== undefined) updates.push({ id, ...settlement });
      if (settlement !== undefined && settlement.outcome !== "executed")
        for (const pool of job.pools) this.#freed.add(pool);
      this.#jobs.set(id, { ...job, settlement });
    }
    if (isFinal) this.#jobs.delete(id);
  }

  /** Continues the trace in which the trade was submitted. */
  #traced<T>(id: string, run: () => T): T {
    const { tracing = silentTracing } = this.#ports;
    const parent = tracing.recall([id]);
    const facts = { "trellis.trade.id": id };
    return parent === undefined ? run() : tracing.span("arbitrage.settle", { facts, parent }, run);
  }

  #settlementOf(id: string, slot: NonceSlot, token: Hex, fills: readonly Fill[]): Settlement | undefined {
    const outcome = outcomeOf(slot, id);
    if (outcome === "open") return undefined;
    if (slot.inclusion === undefined || payerOf(slot) !== id) return { outcome, profitWei: 0n, gasWei: 0n };
    const gasWei = gasWeiOf({ ...slot.inclusion, gasPriceWei: priceOf(slot.inclusion) });
    const profit = (fills.at(-1)?.amountOut ?? 0n) - (fills[0]?.amountIn ?? 0n);
    return { outcome, profitWei: worthOf(this.#options.prices, token, profit) ?? 0n, gasWei };
  }

  /** Tracks trades of all workers, because a worker may crash. */
  async #adopt(): Promise<void> {
    const { reserved, settled } = await this.#ports.risk.state();
    for (const [id, { token }] of [...reserved, ...settled]) {
      if (this.#jobs.has(id)) continue;
      const opportunity = await this.#ports.ledger.opportunity(id);
      if (opportunity === undefined) continue;
      this.#track(id, token, opportunity.route, settled.get(id)?.settlement);
    }
  }

  async #refreshSlots(): Promise<void> {
    if (this.#jobs.size === 0) return;
    const known = slotsByJob([...this.#unbooked.values(), ...(await this.#ports.slots.open())]);
    for (const [id, job] of this.#jobs) {
      const slot = known.get(id) ?? (await this.#ports.slots.findJob(id));
      // A trade without a slot was never sent.
      if (slot === undefined && job.lastBlock < this.#headHeight) {
        await this.drop(id);
        continue;
      }
      if (slot !== undefined && !slot.attempts.some((attempt) => attempt.job?.id === id)) {
        await this.drop(id);
        continue;
      }
      if (slot !== undefined && slot.version !== job.bookedVersion) this.#unbooked.set(slot.nonce, slot);
      if (job.settlement === undefined)
        this.#jobs.set(id, { ...job, isExpired: !(await this.#isAlive(job)) });
    }
  }

  async #isAlive({ lastBlock, anchor: { number, hash } }: TrackedTrade): Promise<boolean> {
    if (lastBlock <= this.#headHeight) return false;
    return hash === undefined || (await this.#ports.client.blockHash(number)) === hash;
  }

  #track(id: string, token: Hex, { hops, anchor, windowBlocks }: Route, settlement?: Settlement): void {
    const pools = hops.map(({ pool }) => pool as PoolAddress);
    const nothing = { bookedVersion: undefined, isExpired: false, isDeathReported: false };
    const lastBlock = anchor.number + windowBlocks;
    this.#jobs.set(id, { token, pools, anchor, lastBlock, settlement, ...nothing });
  }

  /** Call only if no transaction can execute the trade any more. */
  async drop(id: string): Promise<void> {
    const settlement = this.#jobs.get(id)?.settlement ?? NOTHING;
    this.#jobs.delete(id);
    await this.#ports.risk.settle(id, settlement, true);
  }

  async #compare(block: BlockReference): Promise<readonly BookDifference[] | undefined> {
    try {
      const differences = await checkBooks(this.#ports.ledger, this.#ports.client, {
        chainId: this.#options.chainId,
        block,
      });
      this.#isReconciled = differences.length === 0;
      this.#comparedAtMs = this.#ports.clock.nowMs();
      return differences;
    } catch (error) {
      // The block's state is pruned; the next booking compares again.
      if (isTrellisError(error, "NODE_BLOCK_UNKNOWN")) return undefined;
      throw error;
    }
  }
}

function slotsByJob(slots: readonly NonceSlot[]): ReadonlyMap<string, NonceSlot> {
  return new Map(
    slots.flatMap((slot) =>
      slot.attempts.flatMap(({ job }) => (job === undefined ? [] : [[job.id, slot] as const])),
    ),
  );
}

function isSame({ slot }: Booked, { attempts, inclusion }: NonceSlot): boolean {
  return (
    inclusion?.transactionHash === slot.inclusion?.transactionHash &&
    inclusion?.block.hash === slot.inclusion?.block.hash &&
    attempts.length === slot.attempts.length
  );
}
