import { type Clock, isTrellisError, LruMap } from "@trellis/base";
import {
  type BlockExchange,
  blockRate,
  type ChainView,
  type Hash,
  type StateExchange,
} from "@trellis/protocol";
import type { PeerGuard } from "../../peers/PeerGuard.ts";
import type { PeerRequests } from "../../requests/PeerRequests.ts";
import type { PeerId } from "../../transport/Transport.ts";
import type { ReadyPeer } from "../handshake/Handshakes.ts";
import { withHashes } from "../headers/HeaderWindow.ts";
import { pageFault } from "../headers/pageFault.ts";
import { READING_LIMITS, ROUND_LIMITS, SNAPSHOT_LIMITS } from "../limits.ts";
import { ReadingPace } from "./ReadingPace.ts";

interface CheckpointHeadersOptions {
  readonly chain: BlockExchange;
  readonly states: StateExchange;
  readonly view: Pick<ChainView, "genesisHash" | "parameters">;
  readonly requests: PeerRequests;
  readonly guard: PeerGuard;
  readonly checkpoint: Hash;
  readonly clock: Clock;
  readonly progressed: (number: number) => void;
  readonly isStopped: () => boolean;
}

/** "lacking": not on the peer's chain; "failed": missing, slow or false data; "deferred": continues later. */
export type CheckpointReading = "read" | "lacking" | "failed" | "deferred";

interface PeerHeaders {
  /** Reading continues at these headers. */
  readonly tops: readonly Hash[];
  readonly count: number;
}

const NOTHING: PeerHeaders = { tops: [], count: 0 };

export class CheckpointHeaders {
  readonly #options: CheckpointHeadersOptions;
  readonly #peers = new LruMap<PeerId, PeerHeaders>(ROUND_LIMITS.backoffPeersMax);
  #shown: { readonly hash: Hash; readonly blueWork: bigint } | undefined;

  constructor(options: CheckpointHeadersOptions) {
    this.#options = options;
  }

  get shown(): { readonly hash: Hash; readonly blueWork: bigint } | undefined {
    return this.#shown;
  }

  show(hash: Hash): boolean {
    const { states, checkpoint } = this.#options;
    const place = states.chainPlace(checkpoint, hash) && states.chainPlace(hash, hash);
    if (place === undefined) return false;
    if (place.blueWork > (this.#shown?.blueWork ?? -1n)) this.#shown = { hash, blueWork: place.blueWork };
    return true;
  }

  /** @throws CHAIN_STOPPED */
  async read({ id, hello }: ReadyPeer, untilMs: number): Promise<CheckpointReading> {
    const { chain, states, requests, checkpoint, clock, progressed, isStopped } = this.#options;
    const pace = new ReadingPace(clock);
    for (;;) {
      const request = { locator: this.#locator(id), countMax: READING_LIMITS.headersPerPage };
      const answer = await requests.headers(id, request);
      if (answer === undefined || isStopped()) return "failed";
      const headers = withHashes(answer.headers);
      const fault = pageFault(request, answer, headers, (hash) => chain.has(hash));
      if (fault !== undefined) return this.#lie(id, "falseAnswer", fault);
      const top = headers.at(-1)?.hash ?? answer.from;
      if (!(await this.#take(id, headers, top)) || isStopped()) return "failed";
      const place = states.chainPlace(top, top)!;
      const isOnChain = this.show(top);
      progressed(place.number);
      if (!answer.isEnd) {
        const verdict = pace.judgePage(headers);
        if (verdict === "false") return this.#lie(id, "falseClaim", "no new headers");
        if (verdict === "slow") return "failed";
        if (clock.nowMs() >= untilMs) return "deferred";
        continue;
      }
      if (place.blueWork < hello.sink.blueWork) {
        return this.#lie(id, "falseClaim", "its headers have less work than it claimed");
      }
      if (isOnChain) return "read";
      // An unknown checkpoint may be the operator's mistake.
      if (chain.has(checkpoint)) this.#lie(id, "falseClaim", "its chain does not contain the checkpoint");
      return "lacking";
    }
  }

  /** Continues this peer's chain, or another that shares a block with it. */
  #locator(peer: PeerId): Hash[] {
    const { chain, view, checkpoint } = this.#options;
    // A checkpoint's past replaces other headers.
    const known = (tops: readonly Hash[]): Hash[] => tops.filter((hash) => chain.has(hash));
    const others = [...this.#peers.values()].flatMap(({ tops }) => known(tops).slice(0, 1));
    return [
      ...new Set([
        ...known((this.#peers.get(peer) ?? NOTHING).tops),
        ...others.slice(-READING_LIMITS.pageTopsMax),
        ...(chain.has(checkpoint) ? [checkpoint] : []),
        view.genesisHash,
      ]),
    ];
  }

  async #take(peer: PeerId, headers: ReturnType<typeof withHashes>, top: Hash): Promise<boolean> {
    const { chain, states, guard } = this.#options;
    const fresh = headers.filter(({ hash }) => !chain.has(hash)).map(({ header }) => header);
    const { tops, count } = this.#peers.get(peer) ?? NOTHING;
    if (count + fresh.length > this.#countMax()) {
      this.#lie(peer, "falseClaim", "they are more than can have come since genesis");
      return false;
    }
    try {
      await Promise.all(fresh.map((header) => chain.checkHeader(header)));
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      if (error.consequence === "penalise") guard.report(peer, "falseAnswer", { code: error.code });
      return false;
    }
    for (const outcome of await states.importHeaders(fresh)) {
      if (outcome.kind === "imported" || outcome.kind === "known") continue;
      if (outcome.kind === "refused" && outcome.error.consequence === "penalise") {
        guard.report(peer, "invalidBlock", { code: outcome.error.code });
      }
      return false;
    }
    const others = tops.filter((hash) => hash !== top);
    this.#peers.set(peer, {
      tops: [top, ...others].slice(0, READING_LIMITS.pageTopsMax),
      count: count + fresh.length,
    });
    return true;
  }

  /** Per peer, because a liar could exhaust a shared limit. */
  #countMax(): number {
    const { clock, view } = this.#options;
    const { genesis, streams } = view.parameters;
    const seconds = (clock.nowMs() - genesis.timestampMs) / 1_000;
    const target = seconds * blockRate(streams);
    return SNAPSHOT_LIMITS.headersToTargetMax * target + READING_LIMITS.headersPerPage;
  }

  #lie(peer: PeerId, offence: "falseAnswer" | "falseClaim", fault: string): "failed" {
    this.#options.guard.report(peer, offence, { headers: fault });
    return "failed";
  }
}
