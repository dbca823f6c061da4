import type { Clock, Hex, Log, Tracing } from "@trellis/base";
import type { BlockReference, ChainClient } from "@trellis/client";
import type { ArbitrageLedger, BookDifference, BookKeeping } from "../ledger/index.ts";
import type { PoolAddress } from "../pools/Pool.ts";
import type { TradeQueue } from "../queue/index.ts";
import type { Risk } from "../risk/index.ts";
import type { LivePorts } from "./Trader.ts";
import { type JobUpdate, TradeTracker } from "./TradeTracker.ts";
import type { TokenPrices } from "./Worth.ts";

export interface EngineWallet {
  readonly executor: Hex;
  readonly risk: Risk;
  readonly queue: TradeQueue;
  /** Undefined in paper mode. */
  readonly live: LivePorts | undefined;
  /** Called once all trades of the replaced wallet are settled. */
  readonly close?: () => void;
}

interface TrackedWallet extends EngineWallet {
  readonly tracker: TradeTracker | undefined;
}

interface FormerWallet extends TrackedWallet {
  /** Later nonces belong to other workers that still use the wallet. */
  readonly lastNonce: number;
}

interface WalletsOptions extends Omit<BookKeeping, "wallet"> {
  readonly prices: TokenPrices;
}

interface WalletsPorts {
  readonly ledger: ArbitrageLedger;
  readonly client: Pick<ChainClient, "blockHash" | "logs" | "balance" | "call">;
  readonly clock: Clock;
  readonly log: Log;
  readonly tracing?: Tracing | undefined;
}

export interface WalletUpdates {
  readonly jobs: readonly JobUpdate[];
  readonly differences: readonly BookDifference[] | undefined;
}

/** The current wallet, and former ones until their trades are settled. [ARB-41] */
export class EngineWallets {
  readonly #options: WalletsOptions;
  readonly #ports: WalletsPorts;
  #current: TrackedWallet;
  #former: readonly FormerWallet[] = [];

  constructor(first: EngineWallet, options: WalletsOptions, ports: WalletsPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#current = this.#tracked(first);
  }

  get current(): TrackedWallet {
    return this.#current;
  }

  get former(): readonly Hex[] {
    return this.#former.map(({ executor }) => executor);
  }

  async recover(former: readonly EngineWallet[]): Promise<void> {
    const tracked = former.map((wallet) => this.#tracked(wallet));
    for (const { tracker } of [this.#current, ...tracked]) await tracker?.recover();
    this.#former = await Promise.all(tracked.map(leaving));
  }

  async change(next: EngineWallet): Promise<void> {
    const before = this.#current;
    const current = this.#tracked(next);
    await current.tracker?.recover();
    // Inherits before settlement too, because the process may end earlier.
    await next.risk.inherit(await before.risk.state());
    const former = [...this.#former, await leaving(before)];
    this.#former = former.filter(({ executor }) => executor !== next.executor);
    this.#current = current;
    this.#ports.log.info("wallet.changed", { from: before.executor, to: next.executor });
  }

  async advance(head: BlockReference): Promise<WalletUpdates | undefined> {
    const updates: WalletUpdates[] = [];
    for (const { tracker } of [...this.#former, this.#current])
      if (tracker !== undefined) updates.push(await tracker.advance(head));
    for (const wallet of this.#former) await this.#leaveIfSettled(wallet);
    if (updates.length === 0) return undefined;
    return {
      jobs: updates.flatMap(({ jobs }) => jobs),
      differences: updates.findLast(({ differences }) => differences !== undefined)?.differences,
    };
  }

  takeFreedPools(height: number): readonly PoolAddress[] {
    return [...this.#former, this.#current].flatMap(({ tracker }) => tracker?.takeFreedPools(height) ?? []);
  }

  async #leaveIfSettled(wallet: FormerWallet): Promise<void> {
    const { executor, live, risk, lastNonce } = wallet;
    if (live !== undefined && !(await live.submitter.isSettled(lastNonce))) return;
    await this.#current.risk.inherit(await risk.state());
    this.#former = this.#former.filter((held) => held !== wallet);
    wallet.close?.();
    this.#ports.log.info("wallet.settled", { wallet: executor, next: this.#current.executor });
  }

  #tracked(wallet: EngineWallet): TrackedWallet {
    const { live, risk, executor } = wallet;
    const options = { ...this.#options, wallet: executor };
    return { ...wallet, tracker: live && new TradeTracker(options, { ...this.#ports, ...live, risk }) };
  }
}

async function leaving(wallet: TrackedWallet): Promise<FormerWallet> {
  return { ...wallet, lastNonce: (await wallet.live?.slots.last())?.nonce ?? -1 };
}
