import { quantityToHex } from "@trellis/base";
import type { ChainBlock, ChainEvent, ChainView } from "@trellis/protocol";
import { encodeChainBlock } from "../encoding/dagBlock.ts";
import { type ChainPosition, chainChanges, positionOf, positionUnder } from "../reading/chainChanges.ts";
import type { Emit } from "../Session.ts";
import { encodeChainCursor } from "./cursors.ts";
import { encodedOnce } from "./encodedOnce.ts";
import type { Notifier } from "./Feed.ts";

const addedJson = encodedOnce((block: ChainBlock) => ({
  kind: "added",
  cursor: encodeChainCursor(positionOf(block)),
  block: encodeChainBlock(block),
}));

/** The cursor points to the removed block's parent. */
const removedJson = encodedOnce((block: ChainBlock) => ({
  kind: "removed",
  cursor: encodeChainCursor(positionUnder(block)),
  block: encodeChainBlock(block),
}));

/** One message at a time: one block can fill the send buffer. [RPC-15] */
export class ChainReader {
  readonly #chain: ChainView;
  readonly #emit: Emit;
  #position: ChainPosition;
  #finalized: Extract<ChainEvent, { kind: "finalized" }> | undefined;
  #isSending = false;
  #isStopped = false;

  constructor(chain: ChainView, position: ChainPosition, emit: Emit) {
    this.#chain = chain;
    this.#position = position;
    this.#emit = emit;
  }

  start(join: (notify: Notifier<ChainEvent>) => () => void): () => void {
    this.#send();
    const leave = join((event) => {
      if (event.kind === "finalized") this.#finalized = event;
      if (event.kind !== "block" && !this.#isSending) this.#advance();
      return [];
    });
    return () => {
      this.#isStopped = true;
      leave();
    };
  }

  #advance(): void {
    if (this.#isStopped) return;
    try {
      this.#send();
    } catch {
      this.#isStopped = true;
      this.#emit(JSON.stringify({ kind: "lost", cursor: encodeChainCursor(this.#position) }));
    }
  }

  #send(): void {
    const message = this.#finality() ?? this.#change();
    if (message === undefined) return;
    this.#isSending = true;
    this.#emit(message, () => {
      this.#isSending = false;
      this.#advance();
    });
  }

  #finality(): string | undefined {
    const finalized = this.#finalized;
    const { number, hash } = this.#position;
    const isSeen =
      finalized !== undefined && finalized.number <= number && this.#chain.isOnSelectedChain(hash);
    if (!isSeen) return undefined;
    this.#finalized = undefined;
    return JSON.stringify({
      kind: "finalized",
      number: quantityToHex(finalized.number),
      hash: finalized.hash,
    });
  }

  #change(): string | undefined {
    const { removed, added, position } = chainChanges(this.#chain, this.#position, 1);
    this.#position = position;
    return removed.map(removedJson)[0] ?? added.map(addedJson)[0];
  }
}
