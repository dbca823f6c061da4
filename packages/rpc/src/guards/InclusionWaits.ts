import type { Scheduler } from "@trellis/base";
import type { ChainView, Hash, PoolView } from "@trellis/protocol";
import { rpcErrors } from "../errors.ts";
import type { RpcLimits } from "../options.ts";
import type { Session } from "../Session.ts";

interface InclusionPorts {
  readonly chain: Pick<ChainView, "subscribe">;
  readonly pool: Pick<PoolView, "subscribe">;
  readonly scheduler: Scheduler;
}

type Outcome = { readonly kind: "included" | "late" } | { readonly kind: "dropped"; readonly reason: string };

/** Calls that wait for blocks, without weight of the thread. [RPC-27] */
export class InclusionWaits {
  readonly #limits: Pick<RpcLimits, "callsWaitingMax" | "clientCallsWaitingMax">;
  readonly #ports: InclusionPorts;
  readonly #counts = new Map<string, number>();
  readonly #waiting = new Map<Hash, Set<(outcome: Outcome) => void>>();
  #count = 0;
  #unsubscribe: (() => void) | undefined;

  constructor(limits: Pick<RpcLimits, "callsWaitingMax" | "clientCallsWaitingMax">, ports: InclusionPorts) {
    this.#limits = limits;
    this.#ports = ports;
  }

  /** Takes a place before the transaction is submitted. @throws RPC_OVERLOADED */
  async run<T>({ address }: Session, action: () => Promise<T>): Promise<T> {
    const { callsWaitingMax, clientCallsWaitingMax } = this.#limits;
    const ofClient = this.#counts.get(address) ?? 0;
    if (this.#count >= callsWaitingMax || ofClient >= clientCallsWaitingMax) {
      throw rpcErrors.RPC_OVERLOADED({ waiting: this.#count, ofClient });
    }
    this.#add(address, 1);
    try {
      return await action();
    } finally {
      this.#add(address, -1);
    }
  }

  /**
   * Resolves when a block of the selected chain includes the transaction, or the mempool drops or replaces it.
   * @throws RPC_CLIENT_GONE
   */
  async next(hash: Hash, timeMs: number, { connection }: Session): Promise<Outcome> {
    if (connection.isGone) throw rpcErrors.RPC_CLIENT_GONE();
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const timer = this.#ports.scheduler.after(timeMs, () => resolve({ kind: "late" }));
    const forget = connection.onGone(() => reject(rpcErrors.RPC_CLIENT_GONE()));
    const waiting = this.#waiting.getOrInsertComputed(hash, () => new Set());
    waiting.add(resolve);
    this.#unsubscribe ??= this.#subscribe();
    try {
      return await promise;
    } finally {
      timer.cancel();
      forget();
      waiting.delete(resolve);
      if (waiting.size === 0) this.#waiting.delete(hash);
      if (this.#waiting.size === 0) {
        this.#unsubscribe?.();
        this.#unsubscribe = undefined;
      }
    }
  }

  #subscribe(): () => void {
    const { chain, pool } = this.#ports;
    const leaveChain = chain.subscribe((event) => {
      if (event.kind !== "added") return;
      for (const { transaction } of event.block.transactions)
        this.#tell(transaction.hash, { kind: "included" });
    });
    const leavePool = pool.subscribe((event) => {
      if (event.kind === "added") return;
      const reason = event.kind === "replaced" ? `replaced by ${event.by}` : event.reason;
      this.#tell(event.transaction.transaction.hash, { kind: "dropped", reason });
    });
    return () => {
      leaveChain();
      leavePool();
    };
  }

  #tell(hash: Hash, outcome: Outcome): void {
    for (const resolve of this.#waiting.get(hash) ?? []) resolve(outcome);
  }

  #add(address: string, change: number): void {
    this.#count += change;
    const count = (this.#counts.get(address) ?? 0) + change;
    if (count === 0) this.#counts.delete(address);
    else this.#counts.set(address, count);
  }
}
