import type { Clock } from "@trellis/base";
import { type Body, bodyRoot } from "@trellis/protocol";
import type { PeerGuard } from "../../peers/PeerGuard.ts";
import type { PeerRequests } from "../../requests/PeerRequests.ts";
import type { PeerId } from "../../transport/Transport.ts";
import type { Hello } from "../../wire/index.ts";
import type { Backoffs } from "../Backoffs.ts";
import { bodyBytes } from "../blockBytes.ts";
import type { ReadyPeer } from "../handshake/Handshakes.ts";
import { BODY_LIMITS } from "../limits.ts";
import type { HeaderWindow, Pending } from "./HeaderWindow.ts";

interface BodyFetcherOptions {
  readonly window: HeaderWindow;
  readonly requests: PeerRequests;
  readonly guard: PeerGuard;
  readonly backoffs: Backoffs;
  readonly clock: Clock;
  /** Must have the bodies, unless it has pruned them. */
  readonly source: PeerId;
  readonly confirmServesHistory: (peer: PeerId) => Promise<boolean>;
  readonly peers: () => readonly ReadyPeer[];
  readonly arrived: () => void;
}

interface Request {
  readonly peer: PeerId;
  readonly wanted: readonly Pending[];
  readonly sinceMs: number;
  isDoubled: boolean;
}

/** Limits requests per peer, which favours fast peers. [SYNC-12] */
export class BodyFetcher {
  readonly #options: BodyFetcherOptions;
  readonly #requests = new Set<Request>();
  #meanBytes: number = BODY_LIMITS.meanBytesAtFirst;
  #isStopped = false;

  constructor(options: BodyFetcherOptions) {
    this.#options = options;
  }

  get requestsUnderway(): number {
    return this.#requests.size;
  }

  stop(): void {
    this.#isStopped = true;
  }

  pump(): boolean {
    const { window } = this.#options;
    const peers = this.#idlePeers();
    let unasked = this.#unasked();
    for (let round = 0; round < BODY_LIMITS.requestsPerPeerMax; round++) {
      for (const peer of peers) {
        if (this.#requestCount(peer.id) > round) continue;
        const wanted = this.#chooseFor(peer, unasked) ?? this.#chooseLate(peer);
        if (wanted.length === 0) continue;
        void this.#ask(peer.id, wanted);
        const chosen = new Set(wanted);
        unasked = unasked.filter((pending) => !chosen.has(pending));
      }
    }
    const first = window.first;
    return (
      first === undefined ||
      !first.isChecked ||
      first.body !== undefined ||
      first.askedCount > 0 ||
      this.#options.peers().some((peer) => this.#mayHave(peer, first))
    );
  }

  #idlePeers(): ReadyPeer[] {
    const { peers, backoffs } = this.#options;
    return peers()
      .filter(({ id }) => !backoffs.isBackingOff(id))
      .slice(0, BODY_LIMITS.peersMax)
      .filter(({ id }) => this.#requestCount(id) < BODY_LIMITS.requestsPerPeerMax);
  }

  #requestCount(peer: PeerId): number {
    let count = 0;
    for (const request of this.#requests) if (request.peer === peer) count++;
    return count;
  }

  #unasked(): Pending[] {
    const { window } = this.#options;
    const result: Pending[] = [];
    let bytes = window.bodyBytes;
    for (const pending of window) {
      if (!pending.isChecked) break;
      if (pending.body !== undefined) continue;
      if (bytes > BODY_LIMITS.bufferBytesMax && pending !== window.first) break;
      bytes += this.#meanBytes;
      if (pending.askedCount === 0) result.push(pending);
      if (result.length >= BODY_LIMITS.perRequestMax * BODY_LIMITS.peersMax * 2) break;
    }
    return result;
  }

  #chooseFor(peer: ReadyPeer, unasked: readonly Pending[]): readonly Pending[] | undefined {
    const count = Math.min(
      Math.max(1, Math.floor(BODY_LIMITS.requestBytes / this.#meanBytes)),
      BODY_LIMITS.perRequestMax,
    );
    const wanted: Pending[] = [];
    for (const pending of unasked) {
      if (wanted.length === count) break;
      if (this.#mayHave(peer, pending)) wanted.push(pending);
    }
    return wanted.length > 0 ? wanted : undefined;
  }

  #chooseLate(peer: ReadyPeer): readonly Pending[] {
    const lateMs = this.#options.clock.nowMs() - BODY_LIMITS.hedgeAfterMs;
    for (const request of this.#requests) {
      if (request.isDoubled || request.peer === peer.id || request.sinceMs > lateMs) continue;
      const wanted = request.wanted.filter(
        (pending) => pending.body === undefined && this.#mayHave(peer, pending),
      );
      if (wanted.length === 0) continue;
      request.isDoubled = true;
      return wanted;
    }
    return [];
  }

  #mayHave({ id, hello }: ReadyPeer, { header, lackedBy }: Pending): boolean {
    if (lackedBy.has(id)) return false;
    if (id === this.#options.source) return true;
    return hello.sink.blueWork >= header.blueWork && isKept(hello, header.number);
  }

  async #ask(peer: PeerId, wanted: readonly Pending[]): Promise<void> {
    const { requests, clock, backoffs, arrived } = this.#options;
    const request: Request = { peer, wanted, sinceMs: clock.nowMs(), isDoubled: false };
    this.#requests.add(request);
    for (const pending of wanted) pending.askedCount++;
    const bodies = await requests.bodies(
      peer,
      wanted.map(({ hash }) => hash),
    );
    this.#requests.delete(request);
    for (const pending of wanted) pending.askedCount--;
    if (this.#isStopped) return;
    if (bodies === undefined || bodies.length === 0) backoffs.failed(peer);
    else this.#takeAll(peer, wanted, bodies);
    arrived();
  }

  #takeAll(peer: PeerId, wanted: readonly Pending[], bodies: readonly (Body | undefined)[]): void {
    const { guard, backoffs } = this.#options;
    for (const [index, body] of bodies.entries()) {
      const pending = wanted[index]!;
      if (body === undefined) {
        pending.lackedBy.add(peer);
        void this.#accuse(peer, pending);
      } else if (!this.#take(pending, body)) {
        pending.lackedBy.add(peer);
        guard.report(peer, "falseAnswer", { block: pending.hash });
        backoffs.failed(peer);
        return;
      }
    }
    guard.credit(peer);
    backoffs.succeeded(peer);
  }

  async #accuse(peer: PeerId, { hash }: Pending): Promise<void> {
    const { guard, source, confirmServesHistory } = this.#options;
    if (peer === source && (await confirmServesHistory(peer)))
      guard.report(peer, "falseClaim", { block: hash });
  }

  #take(pending: Pending, body: Body): boolean {
    if (pending.body !== undefined) return true;
    if (bodyRoot(body) !== pending.header.bodyRoot) return false;
    const bytes = bodyBytes(body);
    this.#meanBytes += (bytes - this.#meanBytes) / MEAN_OVER;
    this.#options.window.putBody(pending, body, bytes);
    return true;
  }
}

/** Strict, because a merged block may have a higher number than its chain block. */
function isKept({ oldest }: Hello, number: number): boolean {
  return oldest.number < number;
}

const MEAN_OVER = 32;
