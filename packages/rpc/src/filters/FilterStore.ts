import { type Clock, isTrellisError } from "@trellis/base";
import type { ChainBlock, ChainView, PoolView } from "@trellis/protocol";
import type { LogCriteria } from "../decoding/logCriteria.ts";
import { encodeLog } from "../encoding/log.ts";
import { rpcErrors } from "../errors.ts";
import { logItemCount } from "../guards/LogItems.ts";
import type { Pacing } from "../guards/ScanLane.ts";
import type { RpcLimits } from "../options.ts";
import { type ChainPosition, chainChanges, positionOf, positionUnder } from "../reading/chainChanges.ts";
import { matchLogs } from "../reading/matchLogs.ts";
import { randomId } from "../server/systemIds.ts";
import { PendingHashes } from "./PendingHashes.ts";

/** A filter remembers only how far its client has read. */
type Filter = { polledMs: number } & (
  | { readonly kind: "blocks"; position: ChainPosition }
  | {
      readonly kind: "logs";
      position: ChainPosition;
      readonly criteria: LogCriteria;
      /** Addresses and topics that it looks for. */
      readonly itemCount: number;
    }
  | { readonly kind: "pending"; next: number }
);
type ChainFilter = Exclude<Filter, { kind: "pending" }>;

/** Blocks that are read at once: one can hold thousands of transactions. */
const PAGE_BLOCKS = 1;

export interface FilterPorts {
  readonly chain: ChainView;
  readonly pool: PoolView;
  readonly clock: Clock;
  readonly limits: Pick<
    RpcLimits,
    "filtersMax" | "logItemsMax" | "filterIdleMs" | "pendingHashesMax" | "replayBlocksMax" | "logsResultsMax"
  >;
}

/**
 * The filters of all clients; their ids are random, because whoever knows one may poll it. So that nobody denies them to
 * others, those give way that are used least, or look for most. [RPC-13]
 */
export class FilterStore {
  readonly #ports: FilterPorts;
  readonly #pending: PendingHashes;
  /** In the order of their last polls. */
  readonly #filters = new Map<string, Filter>();
  #itemCount = 0;

  constructor(ports: FilterPorts) {
    this.#ports = ports;
    this.#pending = new PendingHashes(ports.pool, ports.limits.pendingHashesMax);
  }

  get count(): number {
    return this.#filters.size;
  }

  installBlocks(): string {
    const { chain, clock } = this.#ports;
    return this.#install({ kind: "blocks", polledMs: clock.nowMs(), position: positionOf(chain.head()) });
  }

  /** @throws RPC_LOG_ITEMS_TOO_MANY */
  installLogs(criteria: LogCriteria): string {
    const { chain, clock } = this.#ports;
    const itemCount = logItemCount(criteria);
    this.#makeRoom(itemCount);
    this.#itemCount += itemCount;
    const position = positionOf(chain.head());
    return this.#install({ kind: "logs", polledMs: clock.nowMs(), position, criteria, itemCount });
  }

  installPending(): string {
    const { clock } = this.#ports;
    return this.#install({ kind: "pending", polledMs: clock.nowMs(), next: this.#pending.join() });
  }

  uninstall(id: string): boolean {
    const filter = this.#filters.get(id);
    if (filter?.kind === "pending") this.#pending.leave();
    if (filter?.kind === "logs") this.#itemCount -= filter.itemCount;
    return this.#filters.delete(id);
  }

  /** @throws RPC_FILTER_UNKNOWN unless it is a log filter */
  criteria(id: string): LogCriteria {
    const filter = this.#used(id);
    if (filter.kind !== "logs") throw rpcErrors.RPC_FILTER_UNKNOWN({ filter: id });
    return filter.criteria;
  }

  /**
   * Hashes or logs since the last poll; logs that a reorganisation took back come again, marked removed. What is too
   * much for one answer comes with the next polls. Other work goes on in between.
   * @throws RPC_FILTER_UNKNOWN, also when the chain or the pool has moved too far on
   */
  async changes(id: string, pacing: Pacing): Promise<readonly unknown[]> {
    const filter = this.#used(id);
    try {
      return filter.kind === "pending" ? this.#readPending(filter) : await this.#readChain(filter, pacing);
    } catch (cause) {
      if (!isTrellisError(cause)) throw cause;
      this.uninstall(id);
      throw rpcErrors.RPC_FILTER_UNKNOWN({ filter: id }, cause);
    }
  }

  close(): void {
    for (const id of [...this.#filters.keys()]) this.uninstall(id);
  }

  #readPending(filter: Extract<Filter, { kind: "pending" }>): readonly unknown[] {
    const { hashes, next } = this.#pending.since(filter.next);
    filter.next = next;
    return hashes;
  }

  /** When it pauses the filter stands behind all that was found: another poll meanwhile goes on from there. */
  async #readChain(filter: ChainFilter, pacing: Pacing): Promise<readonly unknown[]> {
    const { chain, limits } = this.#ports;
    const found: unknown[] = [];
    for (let left = limits.replayBlocksMax; left > 0; left -= PAGE_BLOCKS) {
      const { removed, added } = chainChanges(chain, filter.position, Math.min(left, PAGE_BLOCKS));
      const changes = [
        ...removed.map((block) => ({ block, isRemoved: true, position: positionUnder(block) })),
        ...added.map((block) => ({ block, isRemoved: false, position: positionOf(block) })),
      ];
      for (const { block, isRemoved, position } of changes) {
        found.push(...foundIn(block, filter, isRemoved));
        filter.position = position;
        if (found.length > limits.logsResultsMax) return found;
      }
      if (changes.length < PAGE_BLOCKS) break;
      if (pacing.isDue && !(await mayGoOn(pacing))) break;
    }
    return found;
  }

  #install(filter: Filter): string {
    this.#expire();
    const [leastUsed] = this.#filters.keys();
    if (leastUsed !== undefined && this.#filters.size >= this.#ports.limits.filtersMax)
      this.uninstall(leastUsed);
    const id = randomId();
    this.#filters.set(id, filter);
    return id;
  }

  /**
   * One that looks for more makes room enough for one that looks for less.
   * @throws RPC_LOG_ITEMS_TOO_MANY if none looks for more
   */
  #makeRoom(count: number): void {
    this.#expire();
    const { logItemsMax } = this.#ports.limits;
    if (this.#itemCount + count <= logItemsMax) return;
    let heaviest: { readonly id: string | undefined; readonly itemCount: number } = {
      id: undefined,
      itemCount: count,
    };
    for (const [id, filter] of this.#filters) {
      if (filter.kind === "logs" && filter.itemCount > heaviest.itemCount) {
        heaviest = { id, itemCount: filter.itemCount };
      }
    }
    if (heaviest.id === undefined) {
      throw rpcErrors.RPC_LOG_ITEMS_TOO_MANY({ count, held: this.#itemCount, logItemsMax });
    }
    this.uninstall(heaviest.id);
  }

  #used(id: string): Filter {
    this.#expire();
    const filter = this.#filters.get(id);
    if (filter === undefined) throw rpcErrors.RPC_FILTER_UNKNOWN({ filter: id });
    filter.polledMs = this.#ports.clock.nowMs();
    // To the end of the order.
    this.#filters.delete(id);
    this.#filters.set(id, filter);
    return filter;
  }

  #expire(): void {
    const oldest = this.#ports.clock.nowMs() - this.#ports.limits.filterIdleMs;
    for (const [id, { polledMs }] of this.#filters) {
      if (polledMs >= oldest) break;
      this.uninstall(id);
    }
  }
}

/** False when the poll's time is over: what it has found is its answer, and the next poll goes on from there. */
async function mayGoOn(pacing: Pacing): Promise<boolean> {
  try {
    await pacing.pause();
    return true;
  } catch (error) {
    if (isTrellisError(error)) return false;
    throw error;
  }
}

function foundIn(block: ChainBlock, filter: ChainFilter, isRemoved: boolean): readonly unknown[] {
  if (filter.kind === "logs") return logsOf(block, filter.criteria, isRemoved);
  return isRemoved ? [] : [block.hash];
}

function logsOf(block: ChainBlock, criteria: LogCriteria, isRemoved: boolean): object[] {
  const { fromBlock, toBlock, blockHash } = criteria;
  const { number } = block.header;
  if (blockHash !== undefined && blockHash !== block.hash) return [];
  if (typeof fromBlock === "number" && number < fromBlock) return [];
  if (typeof toBlock === "number" && number > toBlock) return [];
  return matchLogs(block, criteria).map((placed) => encodeLog(block, placed, isRemoved));
}
