import type { PeerId } from "../transport/Transport.ts";

interface AnswerLimits {
  readonly perPeerMax: number;
  readonly inAllMax: number;
  readonly waitingPerPeerMax: number;
}

interface Unsent {
  readonly bytes: number;
  readonly giveUp: () => void;
}

interface PeerQueue {
  readonly unsent: Set<Unsent>;
  bytes: number;
  waitingBytes: number;
  /** Serializes answers: their size is unknown beforehand. */
  turn: Promise<void>;
  wake: () => void;
}

/** Requests wait while the peer leaves too many answer bytes unread. [LINK-17] */
export class AnswerBudget {
  readonly #limits: AnswerLimits;
  readonly #queues = new Map<PeerId, PeerQueue>();
  #bytes = 0;

  constructor(limits: AnswerLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The answer uses the budget until `taken` is called. Undefined if too many requests wait. Rejects if
   * `answer` rejects or `signal` aborts.
   */
  async begin(
    peer: PeerId,
    requestBytes: number,
    answer: () => Promise<Uint8Array>,
    { signal, giveUp }: { readonly signal: AbortSignal; readonly giveUp: () => void },
  ): Promise<{ readonly answer: Uint8Array; readonly taken: () => void } | undefined> {
    const queue = this.#queueOf(peer);
    if (queue.waitingBytes + requestBytes > this.#limits.waitingPerPeerMax) return undefined;
    queue.waitingBytes += requestBytes;
    const before = queue.turn;
    const { promise, resolve: next } = Promise.withResolvers<void>();
    queue.turn = promise;
    try {
      await before;
      await this.#room(queue, signal);
      const bytes = await answer();
      return { answer: bytes, taken: this.#hold(peer, queue, { bytes: bytes.length, giveUp }) };
    } finally {
      queue.waitingBytes -= requestBytes;
      next();
      this.#forget(peer, queue);
    }
  }

  async #room(queue: PeerQueue, signal: AbortSignal): Promise<void> {
    while (queue.bytes >= this.#limits.perPeerMax) {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const abort = (): void => reject(signal.reason);
      queue.wake = resolve;
      signal.addEventListener("abort", abort, { once: true });
      try {
        await promise;
      } finally {
        signal.removeEventListener("abort", abort);
      }
    }
  }

  #hold(peer: PeerId, queue: PeerQueue, unsent: Unsent): () => void {
    queue.unsent.add(unsent);
    queue.bytes += unsent.bytes;
    this.#bytes += unsent.bytes;
    if (this.#bytes > this.#limits.inAllMax) this.#oldest()?.giveUp();
    return () => {
      if (!queue.unsent.delete(unsent)) return;
      queue.bytes -= unsent.bytes;
      this.#bytes -= unsent.bytes;
      this.#queues.delete(peer);
      this.#queues.set(peer, queue);
      queue.wake();
      this.#forget(peer, queue);
    };
  }

  #oldest(): Unsent | undefined {
    for (const { unsent } of this.#queues.values()) {
      for (const first of unsent) return first;
    }
    return undefined;
  }

  #queueOf(peer: PeerId): PeerQueue {
    let queue = this.#queues.get(peer);
    if (queue === undefined) {
      queue = { unsent: new Set(), bytes: 0, waitingBytes: 0, turn: Promise.resolve(), wake: () => {} };
      this.#queues.set(peer, queue);
    }
    return queue;
  }

  #forget(peer: PeerId, queue: PeerQueue): void {
    const isIdle = queue.unsent.size === 0 && queue.waitingBytes === 0;
    if (isIdle && this.#queues.get(peer) === queue) this.#queues.delete(peer);
  }
}
