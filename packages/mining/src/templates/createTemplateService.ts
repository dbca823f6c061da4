import {
  type Clock,
  type Counter,
  isTrellisError,
  type Log,
  type Metrics,
  type Scheduler,
  SerialQueue,
  type Timer,
} from "@trellis/base";
import type {
  BlockBuilder,
  BlockTemplate,
  ChainView,
  Hash,
  MiningService,
  OfferedTemplate,
  TemplateWatcher,
  WorkRequest,
} from "@trellis/protocol";
import { createAlgorithmCache } from "../algorithms/algorithmCache.ts";
import { miningErrors } from "../errors.ts";
import { miningMetrics } from "../metrics.ts";
import type { WorkVerifier } from "../verification/createWorkVerifier.ts";
import { pairOf, type StoredTemplate, TemplateStore } from "./TemplateStore.ts";
import { PROOF_MS, WorkBudget } from "./WorkBudget.ts";

interface TemplatePorts {
  readonly builder: BlockBuilder;
  readonly chain: Pick<ChainView, "parameters" | "subscribe">;
  /** Not the chain's, so that wrong nonces never delay blocks of peers. */
  readonly verifier: WorkVerifier;
  readonly isReady: () => boolean;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface TemplateService extends Omit<MiningService, "workers"> {
  /**
   * Also accepts work for an easier target than the template's; then it returns undefined.
   * @throws as `submit`
   */
  submitShare(
    id: Hash,
    nonce: bigint,
    target: bigint,
    caller: string,
    isKnown?: boolean,
  ): Promise<Hash | undefined>;
  stop(): Promise<void>;
}

/** Pairs of stream and reward address: each needs templates of its own. [MINE-2] */
const REQUESTS_MAX = 64;
const CALLER_REQUESTS_MAX = 8;
/** Without any valid work, a pair keeps its place for this time. */
const TRIAL_MS = 60_000;
/** Adds new transactions to a template whose parents did not change. */
const REFRESH_MS = 1_000;
const RETRY_MS = 1_000;
const TICK_MS = 250;
/** While the node rests, a caller gets the newest template up to this age. */
const RESTING_AGE_MS = 5_000;
/** An unused request is forgotten. */
const IDLE_MS = 30_000;
/** Building takes at most a quarter of the time: a pause of three times each build follows. */
const PAUSE_FACTOR = 3;
/** Of a template. Blocks are never refused for it. */
const SHARES_MAX = 65_536;
/** Of a request, besides its hash. */
const REQUEST_US = 50;

interface Followed {
  readonly request: WorkRequest;
  readonly caller: string;
  readonly watchers: Set<TemplateWatcher>;
  usedMs: number;
  readonly sinceMs: number;
  /** Of the last valid work. */
  provenMs: number | undefined;
  current: OfferedTemplate | undefined;
  builtMs: number;
  isOutdated: boolean;
  waiting: PromiseWithResolvers<OfferedTemplate> | undefined;
}

export function createTemplateService(ports: TemplatePorts): TemplateService {
  return new Templates(ports);
}

class Templates implements TemplateService {
  readonly #ports: TemplatePorts;
  readonly #store: TemplateStore;
  readonly #budget: WorkBudget;
  readonly #algorithms = createAlgorithmCache();
  readonly #followed = new Map<string, Followed>();
  readonly #queue = new SerialQueue();
  readonly #submitted: Counter<"outcome">;
  readonly #built: Counter;
  #restUntilMs = 0;
  #isQueued = false;
  #isStopped = false;
  #failure: string | undefined;
  #timer: Timer | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(ports: TemplatePorts) {
    this.#ports = ports;
    this.#store = new TemplateStore(ports.clock);
    this.#budget = new WorkBudget(ports.clock);
    this.#submitted = ports.metrics.counter(miningMetrics.trellis_mining_submissions_total);
    for (const outcome of ["accepted", "refused"] as const) this.#submitted.add(0, { outcome });
    this.#built = ports.metrics.counter(miningMetrics.trellis_mining_templates_total);
    this.#built.add(0);
  }

  async template(request: WorkRequest, caller: string): Promise<OfferedTemplate> {
    const followed = this.#follow(request, caller);
    const { current } = followed;
    const { clock } = this.#ports;
    // A request that comes faster than templates can be built gets the newest one.
    const isRecent = clock.nowMs() - followed.builtMs < RESTING_AGE_MS;
    if (current !== undefined && (!this.#isDue(followed) || (this.#isResting && isRecent))) return current;
    followed.waiting ??= Promise.withResolvers<OfferedTemplate>();
    const { promise } = followed.waiting;
    this.#enqueue();
    return promise;
  }

  watch(request: WorkRequest, caller: string, watcher: TemplateWatcher): () => void {
    const followed = this.#follow(request, caller);
    followed.watchers.add(watcher);
    if (followed.current !== undefined && !this.#isDue(followed)) watcher.notify(followed.current);
    this.#enqueue();
    return () => void followed.watchers.delete(watcher);
  }

  async submit(id: Hash, nonce: bigint, caller: string, isKnown = false): Promise<Hash> {
    // Without an easier target, sufficient work is a block.
    return (await this.submitShare(id, nonce, 0n, caller, isKnown)) as Hash;
  }

  async submitShare(
    id: Hash,
    nonce: bigint,
    shareTarget: bigint,
    caller: string,
    isKnown = false,
  ): Promise<Hash | undefined> {
    const stored = this.#store.get(id);
    if (stored === undefined) throw miningErrors.TEMPLATE_UNKNOWN({ template: id });
    const { template } = stored;
    const parameters = this.#ports.chain.parameters.streams[template.header.stream]!;
    const target = shareTarget > template.target ? shareTarget : template.target;
    const { hashMicroseconds, prepareMicroseconds } = this.#algorithms.get(parameters);
    const us = REQUEST_US + prepareMicroseconds + hashMicroseconds;
    const isShared = this.#budget.charge(caller, us, isKnown);
    let isBlock: boolean;
    try {
      isBlock = await this.#accept(stored, nonce, target);
    } catch (error) {
      const isWrong = isTrellisError(error, "WORK_DUPLICATE") || isTrellisError(error, "WORK_INSUFFICIENT");
      if (!isWrong) this.#budget.refund(caller, us, isShared);
      throw error;
    }
    this.#budget.refund(caller, us, isShared);
    this.#prove(template, caller);
    return isBlock ? this.#import(stored, nonce) : undefined;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#unsubscribe?.();
    this.#refuseWaiting("the node stops");
    this.#followed.clear();
    await this.#queue.idle();
  }

  /**
   * Returns whether the nonce is also a block's.
   * @throws WORK_DUPLICATE, WORK_INSUFFICIENT, MINING_BUSY, WORKER_UNAVAILABLE, WORKER_FAILED
   */
  async #accept({ id, template, nonces }: StoredTemplate, nonce: bigint, target: bigint): Promise<boolean> {
    const { chain, verifier } = this.#ports;
    const parameters = chain.parameters.streams[template.header.stream]!;
    if (nonces.has(nonce)) throw miningErrors.WORK_DUPLICATE({ template: id, nonce });
    const hash = await verifier.hash({ parameters, sealRoot: template.sealRoot, nonce });
    if (hash > target) throw miningErrors.WORK_INSUFFICIENT({ template: id, nonce, target });
    const isBlock = hash <= template.target;
    // Another call may have submitted the nonce meanwhile.
    if (nonces.has(nonce)) throw miningErrors.WORK_DUPLICATE({ template: id, nonce });
    if (!isBlock && nonces.size >= SHARES_MAX)
      throw miningErrors.MINING_BUSY({ reason: "too many shares of a template", max: SHARES_MAX });
    nonces.add(nonce);
    return isBlock;
  }

  async #import({ template, nonces }: StoredTemplate, nonce: bigint): Promise<Hash> {
    try {
      const hash = await this.#ports.builder.importSealed(template, nonce);
      this.#submitted.add(1, { outcome: "accepted" });
      return hash;
    } catch (error) {
      // The miner may submit it again.
      nonces.delete(nonce);
      this.#submitted.add(1, { outcome: "refused" });
      throw error;
    }
  }

  #prove({ header }: BlockTemplate, caller: string): void {
    this.#budget.prove(caller);
    const followed = this.#followed.get(pairOf(header));
    if (followed !== undefined) followed.provenMs = this.#ports.clock.nowMs();
  }

  #follow(request: WorkRequest, caller: string): Followed {
    const { clock, isReady } = this.#ports;
    if (this.#isStopped) throw miningErrors.MINING_UNAVAILABLE({ reason: "the node stops" });
    if (!isReady()) throw miningErrors.MINING_UNAVAILABLE({ reason: "the node syncs" });
    const known = this.#followed.get(pairOf(request)) ?? this.#addRequest(request, caller);
    known.usedMs = clock.nowMs();
    return known;
  }

  #addRequest(request: WorkRequest, caller: string): Followed {
    this.#forgetIdle();
    const own = [...this.#followed.values()].filter((followed) => followed.caller === caller).length;
    if (own >= CALLER_REQUESTS_MAX) throw tooManyRequests(CALLER_REQUESTS_MAX);
    if (this.#followed.size >= REQUESTS_MAX) this.#makeRoom(own);
    const followed: Followed = {
      request,
      caller,
      watchers: new Set(),
      usedMs: 0,
      sinceMs: this.#ports.clock.nowMs(),
      provenMs: undefined,
      current: undefined,
      builtMs: 0,
      isOutdated: true,
      waiting: undefined,
    };
    this.#followed.set(pairOf(request), followed);
    this.#unsubscribe ??= this.#followChanges();
    this.#timer ??= this.#ports.scheduler.after(TICK_MS, () => this.#tick());
    return followed;
  }

  /** Recent valid work keeps its place. */
  #makeRoom(own: number): void {
    const replaced = this.#longestIdle() ?? this.#surplus(own);
    if (replaced === undefined) throw tooManyRequests(REQUESTS_MAX);
    const { request, watchers, waiting } = replaced;
    this.#followed.delete(pairOf(request));
    waiting?.reject(tooManyRequests(REQUESTS_MAX));
    const ended = [...watchers];
    watchers.clear();
    for (const watcher of ended) watcher.end();
  }

  #longestIdle(): Followed | undefined {
    const nowMs = this.#ports.clock.nowMs();
    const idleMs = ({ provenMs, sinceMs }: Followed) => nowMs - (provenMs ?? sinceMs);
    return [...this.#followed.values()]
      .filter((followed) => idleMs(followed) >= (followed.provenMs === undefined ? TRIAL_MS : PROOF_MS))
      .sort((a, b) => idleMs(b) - idleMs(a))[0];
  }

  /** Without valid work, of the caller with most requests, if it has at least two more. */
  #surplus(own: number): Followed | undefined {
    const ofCallers = Map.groupBy(this.#followed.values(), ({ caller }) => caller);
    const count = ({ caller }: Followed) => ofCallers.get(caller)!.length;
    return [...this.#followed.values()]
      .filter((followed) => followed.provenMs === undefined && count(followed) > own + 1)
      .sort((a, b) => count(b) - count(a))[0];
  }

  #tick(): void {
    this.#timer = undefined;
    if (!this.#ports.isReady()) this.#refuseWaiting("the node syncs");
    this.#forgetIdle();
    if (this.#followed.size === 0) {
      this.#unsubscribe?.();
      this.#unsubscribe = undefined;
      return;
    }
    this.#timer = this.#ports.scheduler.after(TICK_MS, () => this.#tick());
    this.#enqueue();
  }

  #refuseWaiting(reason: string): void {
    for (const followed of this.#followed.values()) {
      followed.waiting?.reject(miningErrors.MINING_UNAVAILABLE({ reason }));
      followed.waiting = undefined;
    }
  }

  #forgetIdle(): void {
    const idleSinceMs = this.#ports.clock.nowMs() - IDLE_MS;
    for (const [key, { watchers, waiting, usedMs }] of this.#followed) {
      if (watchers.size === 0 && waiting === undefined && usedMs <= idleSinceMs) this.#followed.delete(key);
    }
  }

  #followChanges(): () => void {
    const { chain, builder } = this.#ports;
    const stop = chain.subscribe(({ kind }) => kind !== "finalized" && this.#outdate());
    const stopOthers = builder.subscribe?.(() => this.#outdate());
    return () => {
      stop();
      stopOthers?.();
    };
  }

  #outdate(): void {
    for (const followed of this.#followed.values()) followed.isOutdated = true;
    this.#enqueue();
  }

  get #isResting(): boolean {
    return this.#ports.clock.nowMs() < this.#restUntilMs;
  }

  #isDue({ isOutdated, builtMs }: Followed): boolean {
    return isOutdated || this.#ports.clock.nowMs() - builtMs >= REFRESH_MS;
  }

  #enqueue(): void {
    const isBusy = this.#isQueued || this.#isStopped || !this.#ports.isReady();
    if (isBusy || this.#next() === undefined) return;
    this.#isQueued = true;
    const restMs = Math.max(0, this.#restUntilMs - this.#ports.clock.nowMs());
    this.#ports.scheduler.after(restMs, () => {
      void this.#queue.run(async () => {
        const followed = this.#isStopped ? undefined : this.#next();
        if (followed !== undefined) await this.#build(followed);
        this.#isQueued = false;
        this.#enqueue();
      });
    });
  }

  /** Requests take turns. */
  #next(): Followed | undefined {
    let oldest: Followed | undefined;
    for (const followed of this.#followed.values()) {
      const isWanted = followed.watchers.size > 0 || followed.waiting !== undefined;
      const isOldest = oldest === undefined || followed.builtMs < oldest.builtMs;
      if (isWanted && isOldest && this.#isDue(followed)) oldest = followed;
    }
    return oldest;
  }

  async #build(followed: Followed): Promise<void> {
    const { clock, builder, log } = this.#ports;
    const startMs = clock.nowMs();
    followed.isOutdated = false;
    followed.builtMs = startMs;
    const { waiting } = followed;
    followed.waiting = undefined;
    try {
      const template = await builder.createTemplate({ ...followed.request, extra: new Uint8Array(0) });
      const offered = this.#store.add(template);
      const isNew = followed.current?.id !== offered.id;
      followed.current = offered;
      this.#failure = undefined;
      this.#built.add(1);
      waiting?.resolve(offered);
      if (isNew) this.#notify(followed, offered);
      this.#restUntilMs = clock.nowMs() + PAUSE_FACTOR * (clock.nowMs() - startMs);
    } catch (error) {
      const failure = String(error);
      if (failure !== this.#failure) log.error("template.refused", { error: error as Error });
      this.#failure = failure;
      waiting?.reject(error);
      this.#restUntilMs = clock.nowMs() + RETRY_MS;
    }
  }
  #notify({ watchers }: Followed, offered: OfferedTemplate): void {
    for (const watcher of watchers) {
      try {
        watcher.notify(offered);
      } catch (error) {
        this.#ports.log.error("watcher.failed", { error: error as Error });
      }
    }
  }
}

function tooManyRequests(max: number): Error {
  const retryAfterS = IDLE_MS / 1_000;
  return miningErrors.MINING_LIMITED({ reason: "too many reward addresses", max, retryAfterS });
}
