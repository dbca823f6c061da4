import type { LogMatch } from "../decoding/logCriteria.ts";
import { rpcErrors } from "../errors.ts";
import type { RpcLimits } from "../options.ts";
import type { Client } from "../Session.ts";

export function logItemCount({ addresses, topics }: LogMatch): number {
  return [addresses, ...topics].reduce((sum, items) => sum + (items?.size ?? 0), 0);
}

/** [RPC-14] */
export class LogItems {
  readonly #limits: Pick<RpcLimits, "logItemsMax" | "clientLogItemsMax">;
  readonly #counts = new WeakMap<Client, number>();
  #total = 0;

  constructor(limits: Pick<RpcLimits, "logItemsMax" | "clientLogItemsMax">) {
    this.#limits = limits;
  }

  hold(client: Client, match: LogMatch): () => void {
    const { logItemsMax, clientLogItemsMax } = this.#limits;
    const count = logItemCount(match);
    const held = this.#counts.get(client) ?? 0;
    if (held + count > clientLogItemsMax || this.#total + count > logItemsMax) {
      throw rpcErrors.RPC_LIMIT_EXCEEDED({
        reason: "too many addresses and topics",
        count,
        held,
        clientLogItemsMax,
        logItemsMax,
      });
    }
    this.#add(client, count);
    return () => this.#add(client, -count);
  }

  #add(client: Client, count: number): void {
    this.#total += count;
    this.#counts.set(client, (this.#counts.get(client) ?? 0) + count);
  }
}
