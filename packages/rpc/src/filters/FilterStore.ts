import { type Clock, isTrellisError } from "@trellis/base";
import type { ChainView, EncodedJson, PoolView } from "@trellis/protocol";
import type { LogCriteria } from "../decoding/logCriteria.ts";
import { rpcErrors } from "../errors.ts";
import { logItemCount } from "../guards/LogItems.ts";
import type { Pacing } from "../guards/ScanLane.ts";
import type { RpcLimits } from "../options.ts";
import { type ChainPosition, chainChanges, positionOf, positionUnder } from "../reading/chainChanges.ts";
import { randomId } from "../systemIds.ts";
import { type LogRest, LogsAnswer, type LogsOfBlock, mayGoOn } from "./LogsAnswer.ts";
import { PendingHashes } from "./PendingHashes.ts";

type Filter = { polledMs: number } & (
  | { readonly kind: "blocks"; position: ChainPosition }
  | {
      readonly kind: "logs";
      position: ChainPosition;
      /** Logs that did not fit into the last answer. */
      rest: LogRest | undefined;
      idle: Promise<unknown>;
      readonly criteria: LogCriteria;
      readonly itemCount: number;
    }
  | { readonly kind: "pending"; next: number }
);
type BlockFilter = Extract<Filter, { kind: "blocks" }>;
type LogFilter = Extract<Filter, { kind: "logs" }>;

interface FilterPorts {
  readonly chain: ChainView;
  readonly pool: PoolView;
  readonly clock: Clock;
  readonly limits: Pick<
    RpcLimits,
    | "filtersMax"
    | "logItemsMax"
    | "filterIdleMs"
    | "pendingHashesMax"
    | "replayBlocksMax"
    | "logsResultsMax"
    | "responseBytesMax"
  >;
}

/**
 * Ids are random, because an id suffices to poll. A full store evicts the least recently polled filter, or
 * the log filter with the most addresses and topics. [RPC-13]
 */
export class FilterStore {
  readonly #ports: FilterPorts;
  readonly #pending: PendingHashes;
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

  installLogs(criteria: LogCriteria): string {
    const { chain, clock } = this.#ports;
    const itemCount = logItemCount(criteria);
    this.#makeRoom(itemCount);
    this.#itemCount += itemCount;
    const position = positionOf(chain.head());
    const begin = { position, rest: undefined, idle: Promise.resolve() };
    return this.#install({ kind: "logs", polledMs: clock.nowMs(), ...begin, criteria, itemCount });
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

  /** @throws RPC_NOT_FOUND, also for other kinds of filter */
  criteria(id: string): LogCriteria {
    const filter = this.#used(id);
    if (filter.kind !== "logs") throw rpcErrors.RPC_NOT_FOUND({ reason: "filter not found", id });
    return filter.criteria;
  }

  /**
   * Repeats logs of removed blocks with `removed: true`. If the answer is full, the next poll continues.
   * @throws RPC_NOT_FOUND, also if the filter's position is pruned
   */
  async changes(id: string, pacing: Pacing): Promise<readonly unknown[] | EncodedJson> {
    const filter = this.#used(id);
    try {
      if (filter.kind === "pending") return this.#readPending(filter);
      if (filter.kind === "blocks") return await this.#readBlocks(filter, pacing);
      const read = filter.idle.then(() => this.#readLogs(filter, pacing));
      filter.idle = read.catch(() => {});
      return await read;
    } catch (cause) {
      if (!isTrellisError(cause)) throw cause;
      this.uninstall(id);
      throw rpcErrors.RPC_NOT_FOUND({ reason: "filter not found", id }, cause);
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

  /** Updates the position before each pause: concurrent polls must not repeat blocks. */
  async #readBlocks(filter: BlockFilter, pacing: Pacing): Promise<readonly unknown[]> {
    const { chain, limits } = this.#ports;
    const found: unknown[] = [];
    for (let left = limits.replayBlocksMax; left > 0 && found.length <= limits.logsResultsMax; left--) {
      const { removed, added, position } = chainChanges(chain, filter.position, 1);
      if (removed.length + added.length === 0) break;
      for (const { hash } of added) found.push(hash);
      filter.position = position;
      if (pacing.isDue && !(await mayGoOn(pacing))) break;
    }
    return found;
  }

  async #readLogs(filter: LogFilter, pacing: Pacing): Promise<EncodedJson> {
    const { chain, limits } = this.#ports;
    const answer = new LogsAnswer(limits, filter.criteria, pacing);
    for (let left = limits.replayBlocksMax; left > 0; left--) {
      const next = restOf(chain, filter) ?? nextOf(chain, filter);
      if (next === undefined) break;
      filter.rest = await answer.take(next);
      filter.position = next.position;
      if (filter.rest !== undefined || (pacing.isDue && !(await mayGoOn(pacing)))) break;
    }
    return answer.toJson();
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
      throw rpcErrors.RPC_LIMIT_EXCEEDED({
        reason: "too many addresses and topics",
        count,
        held: this.#itemCount,
        logItemsMax,
      });
    }
    this.uninstall(heaviest.id);
  }

  #used(id: string): Filter {
    this.#expire();
    const filter = this.#filters.get(id);
    if (filter === undefined) throw rpcErrors.RPC_NOT_FOUND({ reason: "filter not found", id });
    filter.polledMs = this.#ports.clock.nowMs();
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

type NextLogs = LogsOfBlock & { readonly position: ChainPosition };

/** Undefined if the block has left the chain: `nextOf` reports its logs as removed. */
function restOf(chain: ChainView, { rest, position }: LogFilter): NextLogs | undefined {
  if (rest === undefined || (!rest.isRemoved && !chain.isOnSelectedChain(rest.block))) return undefined;
  const block = chain.blockByHash(rest.block) ?? chain.removedBlock(rest.block);
  return block === undefined ? undefined : { ...rest, block, position };
}

function nextOf(chain: ChainView, { position, rest }: LogFilter): NextLogs | undefined {
  const { removed, added } = chainChanges(chain, position, 1);
  const [block] = removed;
  if (block !== undefined) {
    const until = rest?.block === block.hash ? rest.from : undefined;
    return { block, isRemoved: true, from: 0, until, position: positionUnder(block) };
  }
  const [next] = added;
  return next && { block: next, isRemoved: false, from: 0, until: undefined, position: positionOf(next) };
}
