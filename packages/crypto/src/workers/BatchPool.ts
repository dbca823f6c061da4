import { cryptoErrors } from "../errors.ts";
import type { WorkerPool } from "./WorkerPool.ts";

export interface BatchPoolOptions<Request, Outcome> {
  /** If undefined, requests run on the calling thread, for simulations and tests. */
  readonly pool: WorkerPool<ArrayBuffer, ArrayBuffer> | undefined;
  pack(requests: readonly Request[]): ArrayBuffer;
  /** Whether the answer has an outcome for each of the `count` requests. */
  isAnswer(answer: Uint8Array, count: number): boolean;
  unpack(answer: ArrayBuffer, requests: readonly Request[]): Outcome[];
  inline(request: Request): Outcome;
  /** An idle pool runs up to this many requests inline, because posting costs more. */
  readonly inlineMax: number;
  readonly batchMax: number;
  readonly queuedMax: number;
}

/** Requests submitted together. One promise each would cost more than queueing them. */
interface Group<Outcome> {
  readonly outcomes: Outcome[];
  left: number;
  resolve(outcomes: Outcome[]): void;
  reject(error: unknown): void;
}

interface Waiting<Request, Outcome> {
  readonly request: Request;
  readonly group: Group<Outcome>;
  readonly index: number;
}

/** Requests submitted in one event loop turn share a batch. */
export class BatchPool<Request, Outcome> {
  readonly #options: BatchPoolOptions<Request, Outcome>;
  #queue: Waiting<Request, Outcome>[] = [];
  readonly #drained: (() => void)[] = [];
  #flush: NodeJS.Immediate | undefined;
  #runningCount = 0;
  #isClosed = false;

  constructor(options: BatchPoolOptions<Request, Outcome>) {
    this.#options = options;
  }

  get queuedCount(): number {
    return this.#queue.length;
  }

  /** @throws WORKER_UNAVAILABLE */
  submit(request: Request): Promise<Outcome> {
    return this.submitAll([request]).then((outcomes) => outcomes[0] as Outcome);
  }

  /**
   * Accepts all requests or none; outcomes are in request order. Urgent requests overtake queued ones.
   * @throws WORKER_UNAVAILABLE
   */
  submitAll(requests: readonly Request[], isUrgent = false): Promise<Outcome[]> {
    if (this.#isClosed) return Promise.reject(cryptoErrors.WORKER_UNAVAILABLE({ reason: "pool closed" }));
    const { queuedMax } = this.#options;
    if (this.#queue.length + requests.length > queuedMax) {
      return Promise.reject(
        cryptoErrors.WORKER_UNAVAILABLE({
          reason: "queue full",
          queued: this.#queue.length,
          requested: requests.length,
          queuedMax,
        }),
      );
    }
    if (requests.length === 0) return Promise.resolve([]);
    const { promise, resolve, reject } = Promise.withResolvers<Outcome[]>();
    const group = { outcomes: new Array<Outcome>(requests.length), left: requests.length, resolve, reject };
    const behind = isUrgent ? this.#queue.splice(0) : [];
    for (const [index, request] of requests.entries()) this.#queue.push({ request, group, index });
    if (behind.length > 0) this.#queue = this.#queue.concat(behind);
    this.#flush ??= setImmediate(() => this.#onFlush());
    return promise;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#queue.length > 0 || this.#runningCount > 0) {
      await new Promise<void>((resolve) => this.#drained.push(resolve));
    }
    await this.#options.pool?.close();
  }

  #onFlush(): void {
    this.#flush = undefined;
    const { pool, inlineMax } = this.#options;
    const isSmall = this.#queue.length <= inlineMax && this.#runningCount === 0;
    if (pool === undefined || isSmall) this.#runInline();
    else this.#dispatch(pool);
    this.#notifyDrained();
  }

  #runInline(): void {
    for (const waiting of this.#queue.splice(0)) {
      try {
        settle(waiting, this.#options.inline(waiting.request));
      } catch (error) {
        waiting.group.reject(error);
      }
    }
  }

  #dispatch(pool: WorkerPool<ArrayBuffer, ArrayBuffer>): void {
    while (this.#queue.length > 0 && pool.idleCount > 0) {
      const share = Math.ceil(this.#queue.length / pool.idleCount);
      void this.#runOnWorker(pool, this.#queue.splice(0, Math.min(share, this.#options.batchMax)));
    }
  }

  async #runOnWorker(
    pool: WorkerPool<ArrayBuffer, ArrayBuffer>,
    batch: readonly Waiting<Request, Outcome>[],
  ): Promise<void> {
    this.#runningCount++;
    try {
      const requests = batch.map((waiting) => waiting.request);
      const packed = this.#options.pack(requests);
      const isAnswer = (answer: unknown): answer is ArrayBuffer =>
        answer instanceof ArrayBuffer && this.#options.isAnswer(new Uint8Array(answer), batch.length);
      const outcomes = this.#options.unpack(await pool.run(packed, isAnswer, [packed]), requests);
      for (const [index, waiting] of batch.entries()) settle(waiting, outcomes[index] as Outcome);
    } catch (error) {
      for (const { group } of batch) group.reject(error);
    } finally {
      this.#runningCount--;
      this.#dispatch(pool);
      this.#notifyDrained();
    }
  }

  #notifyDrained(): void {
    if (this.#queue.length === 0 && this.#runningCount === 0) {
      for (const done of this.#drained.splice(0)) done();
    }
  }
}

function settle<Outcome>({ group, index }: Waiting<unknown, Outcome>, outcome: Outcome): void {
  group.outcomes[index] = outcome;
  group.left--;
  if (group.left === 0) group.resolve(group.outcomes);
}
