import { type Clock, isTrellisError } from "@trellis/base";
import type { BlockExchange, Hash, StateExchange } from "@trellis/protocol";
import type { PeerGuard } from "../../peers/PeerGuard.ts";
import type { PeerRequests } from "../../requests/PeerRequests.ts";
import type { PeerId } from "../../transport/Transport.ts";
import type { GreetedPeer } from "../directory/PeerDirectory.ts";
import { withHashes } from "../headers/HeaderWindow.ts";
import { pageFault } from "../headers/verifyPage.ts";
import { READING_LIMITS } from "../limits.ts";
import { ReadingPace } from "./ReadingPace.ts";

export interface CheckpointHeadersOptions {
  readonly chain: BlockExchange;
  readonly states: StateExchange;
  readonly requests: PeerRequests;
  readonly guard: PeerGuard;
  readonly genesis: Hash;
  readonly checkpoint: Hash;
  readonly clock: Clock;
  readonly progressed: (number: number) => void;
  readonly isStopped: () => boolean;
}

/** What became of reading: the peer's sink, on whose chain the checkpoint is; or why there is none. */
export type CheckpointReading =
  | { readonly kind: "read"; readonly sink: Hash }
  | { readonly kind: "lacking" }
  | { readonly kind: "failed" };

const FAILED = { kind: "failed" } as const;

/** Takes in headers of peers without bodies, up to their sinks. [SYNC-22] */
export class CheckpointHeaders {
  readonly #options: CheckpointHeadersOptions;
  /** Of the newest pages: the next reading goes on from there. */
  #tops: readonly Hash[] = [];

  constructor(options: CheckpointHeadersOptions) {
    this.#options = options;
  }

  /** @throws CHAIN_STOPPED */
  async read({ id, hello }: GreetedPeer): Promise<CheckpointReading> {
    const { chain, states, requests, genesis, checkpoint, progressed, isStopped } = this.#options;
    const pace = new ReadingPace(this.#options.clock);
    for (;;) {
      const known = [...this.#tops, ...(chain.has(checkpoint) ? [checkpoint] : []), genesis];
      const request = { locator: [...new Set(known)], countMax: READING_LIMITS.headersPerPage };
      const answer = await requests.headers(id, request);
      if (answer === undefined || isStopped()) return FAILED;
      const headers = withHashes(answer.headers);
      const fault = pageFault(request, answer, headers, (hash) => chain.has(hash));
      if (fault !== undefined) return this.#lie(id, "falseAnswer", fault);
      if (!(await this.#take(id, headers)) || isStopped()) return FAILED;
      const top = headers.at(-1);
      if (top !== undefined) {
        this.#tops = [top.hash, ...this.#tops].slice(0, READING_LIMITS.pageTopsMax);
        progressed(top.header.number);
      }
      if (!answer.isEnd) {
        const verdict = pace.judgePage(headers);
        if (verdict === "false") return this.#lie(id, "falseClaim", "nothing new comes");
        if (verdict === "slow") return FAILED;
        continue;
      }
      if (top !== undefined && top.header.blueWork < hello.sink.blueWork) {
        return this.#lie(id, "falseClaim", "its headers have less work than it claimed");
      }
      const sink = top?.hash ?? answer.from;
      if (states.chainPlace(checkpoint, sink) !== undefined) return { kind: "read", sink };
      // The operator may be wrong, unless somebody else has shown the checkpoint.
      if (chain.has(checkpoint)) this.#lie(id, "falseClaim", "its chain has not the checkpoint");
      return { kind: "lacking" };
    }
  }

  async #take(peer: PeerId, headers: ReturnType<typeof withHashes>): Promise<boolean> {
    const { chain, states, guard } = this.#options;
    const fresh = headers.filter(({ hash }) => !chain.has(hash)).map(({ header }) => header);
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
    return true;
  }

  #lie(peer: PeerId, offence: "falseAnswer" | "falseClaim", fault: string): typeof FAILED {
    this.#options.guard.report(peer, offence, { headers: fault });
    return FAILED;
  }
}
