import type { Scheduler } from "@trellis/base";
import type { ChainView, Hash } from "@trellis/protocol";
import { rpcErrors } from "../errors.ts";
import type { RpcLimits } from "../options.ts";
import type { Session } from "../Session.ts";

interface InclusionPorts {
  readonly chain: Pick<ChainView, "subscribe">;
  readonly scheduler: Scheduler;
}

/** Calls that wait for blocks, without weight of the thread. [RPC-27] */
export class InclusionWaits {
  readonly #limits: Pick<RpcLimits, "callsWaitingMax" | "clientCallsWaitingMax">;
  readonly #ports: InclusionPorts;
  readonly #counts = new Map<string, number>();
  readonly #waiting = new Map<Hash, Set<() => void>>();
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

  /** Resolves when a block of the selected chain includes the transaction. @throws RPC_CLIENT_GONE */
  async next(hash: Hash, timeMs: number, { connection }: Session): Promise<"included" | "late"> {
    if (connection.isGone) throw rpcErrors.RPC_CLIENT_GONE();
    const { promise, resolve, reject } = Promise.withResolvers<"included" | "late">();
    const included = (): void => resolve("included");
    const timer = this.#ports.scheduler.after(timeMs, () => resolve("late"));
    const forget = connection.onGone(() => reject(rpcErrors.RPC_CLIENT_GONE()));
    const waiting = this.#waiting.getOrInsertComputed(hash, () => new Set());
    waiting.add(included);
    this.#unsubscribe ??= this.#ports.chain.subscribe((event) => {
      if (event.kind !== "added") return;
      for (const { transaction } of event.block.transactions) {
        for (const notify of this.#waiting.get(transaction.hash) ?? []) notify();
      }
    });
    try {
      return await promise;
    } finally {
      timer.cancel();
      forget();
      waiting.delete(included);
      if (waiting.size === 0) this.#waiting.delete(hash);
      if (this.#waiting.size === 0) {
        this.#unsubscribe?.();
        this.#unsubscribe = undefined;
      }
    }
  }

  #add(address: string, change: number): void {
    this.#count += change;
    const count = (this.#counts.get(address) ?? 0) + change;
    if (count === 0) this.#counts.delete(address);
    else this.#counts.set(address, count);
  }
}
