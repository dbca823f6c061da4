import type { ChainView, Hash } from "@trellis/protocol";

/** Further ones replace those that were checked longest ago. */
const FOLLOWED_MAX = 1_024;
/** Blocks of one check. */
const CHECK_MAX = 64;

export type OnFinal = (colour: "blue" | "red", subsidyWei: bigint) => void;

type FollowedView = Pick<ChainView, "parameters" | "subscribe" | "header" | "dagBlock">;

/** Follows blocks until their colour is final, because a reorganisation can change it. */
export class FinalBlocks {
  readonly #chain: FollowedView;
  readonly #waiting: { readonly hash: Hash; readonly onFinal: OnFinal }[] = [];
  readonly stop: () => void;

  constructor(chain: FollowedView) {
    this.#chain = chain;
    this.stop = chain.subscribe((event) => event.kind === "finalized" && this.#check(event.number));
  }

  follow(hash: Hash, onFinal: OnFinal): void {
    this.#waiting.push({ hash, onFinal });
    if (this.#waiting.length > FOLLOWED_MAX) this.#waiting.shift();
  }

  #check(finalized: number): void {
    for (const followed of this.#waiting.splice(0, CHECK_MAX)) {
      const block = this.#chain.dagBlock(followed.hash);
      // Pruned, or rolled back by a revert.
      if (block === undefined) continue;
      const { color, mergedBy, header } = block;
      const merging = mergedBy && this.#chain.header(mergedBy);
      if (color === undefined || merging === undefined || merging.number > finalized)
        this.#waiting.push(followed);
      else followed.onFinal(color, this.#chain.parameters.streams[header.stream]!.subsidyWei);
    }
  }
}
