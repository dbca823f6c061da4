import type { PeerId } from "../transport/Transport.ts";

interface AnswerLimits {
  readonly perPeerMax: number;
  readonly inAllMax: number;
  readonly waitingPerPeerMax: number;
}

/** An answer on its way to a peer. */
interface Unsent {
  readonly bytes: number;
  /** Ends it, and with it the peer's connection. */
  readonly giveUp: () => void;
}

interface Desk {
  readonly unsent: Set<Unsent>;
  bytes: number;
  waitingBytes: number;
  /** Requests are answered one after another: what an answer takes is known before the next is begun. */
  turn: Promise<void>;
  /** Told when an answer is gone. */
  wake: () => void;
}

/**
 * What answers that peers have not taken yet may hold of memory, by peer and in all. A request waits until the peer has
 * taken enough of what it asked for before. [LINK-17]
 */
export class AnswerBudget {
  readonly #limits: AnswerLimits;
  /** In the order in which the oldest answer was begun. */
  readonly #desks = new Map<PeerId, Desk>();
  #bytes = 0;

  constructor(limits: AnswerLimits) {
    this.#limits = limits;
  }

  /** Bytes that are held, of all peers. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Works out an answer once there is room, and counts it until `taken` is called. Undefined if too many requests wait
   * already. Rejects as `answer` does, and when the signal says so.
   */
  async begin(
    peer: PeerId,
    requestBytes: number,
    answer: () => Promise<Uint8Array>,
    { signal, giveUp }: { readonly signal: AbortSignal; readonly giveUp: () => void },
  ): Promise<{ readonly answer: Uint8Array; readonly taken: () => void } | undefined> {
    const desk = this.#deskOf(peer);
    if (desk.waitingBytes + requestBytes > this.#limits.waitingPerPeerMax) return undefined;
    desk.waitingBytes += requestBytes;
    const before = desk.turn;
    const { promise, resolve: next } = Promise.withResolvers<void>();
    desk.turn = promise;
    try {
      await before;
      await this.#room(desk, signal);
      const bytes = await answer();
      return { answer: bytes, taken: this.#hold(peer, desk, { bytes: bytes.length, giveUp }) };
    } finally {
      desk.waitingBytes -= requestBytes;
      next();
      this.#forget(peer, desk);
    }
  }

  async #room(desk: Desk, signal: AbortSignal): Promise<void> {
    while (desk.bytes >= this.#limits.perPeerMax) {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const abort = (): void => reject(signal.reason);
      desk.wake = resolve;
      signal.addEventListener("abort", abort, { once: true });
      try {
        await promise;
      } finally {
        signal.removeEventListener("abort", abort);
      }
    }
  }

  #hold(peer: PeerId, desk: Desk, unsent: Unsent): () => void {
    desk.unsent.add(unsent);
    desk.bytes += unsent.bytes;
    this.#bytes += unsent.bytes;
    if (this.#bytes > this.#limits.inAllMax) this.#oldest()?.giveUp();
    return () => {
      if (!desk.unsent.delete(unsent)) return;
      desk.bytes -= unsent.bytes;
      this.#bytes -= unsent.bytes;
      // Who has taken something goes behind those who have not.
      this.#desks.delete(peer);
      this.#desks.set(peer, desk);
      desk.wake();
      this.#forget(peer, desk);
    };
  }

  /** The answer of the peer that has taken nothing for the longest. */
  #oldest(): Unsent | undefined {
    for (const { unsent } of this.#desks.values()) {
      for (const first of unsent) return first;
    }
    return undefined;
  }

  #deskOf(peer: PeerId): Desk {
    let desk = this.#desks.get(peer);
    if (desk === undefined) {
      desk = { unsent: new Set(), bytes: 0, waitingBytes: 0, turn: Promise.resolve(), wake: () => {} };
      this.#desks.set(peer, desk);
    }
    return desk;
  }

  #forget(peer: PeerId, desk: Desk): void {
    const isIdle = desk.unsent.size === 0 && desk.waitingBytes === 0;
    if (isIdle && this.#desks.get(peer) === desk) this.#desks.delete(peer);
  }
}
