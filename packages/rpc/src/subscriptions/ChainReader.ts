import { quantityToHex } from "@trellis/base";
import type { ChainBlock, ChainEvent, ChainView } from "@trellis/protocol";
import { encodeChainBlock } from "../encoding/dagBlock.ts";
import { type ChainChanges, type ChainPosition, chainChanges, positionOf } from "../reading/chainChanges.ts";
import type { Emit } from "../Session.ts";
import { encodeChainCursor } from "./cursors.ts";
import { encodedOnce } from "./encodedOnce.ts";
import type { Tell } from "./Feed.ts";

/** Blocks on their way to one client at a time: to read a full one takes as long as one may take without a pause. */
const PAGE_BLOCKS = 1;

const addedJson = encodedOnce((block: ChainBlock) => ({
  kind: "added",
  cursor: encodeChainCursor(positionOf(block)),
  block: encodeChainBlock(block),
}));

/** After a removal the client stands at the block under it. */
const removedJson = encodedOnce((block: ChainBlock) => ({
  kind: "removed",
  cursor: encodeChainCursor({ number: block.header.number - 1, hash: block.header.parents[0]! }),
  block: encodeChainBlock(block),
}));

/**
 * Leads a client along the selected chain from where it stands, page by page at the client's own pace: a slow one lags,
 * and nothing is kept for it but its position. [RPC-15]
 */
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

  /**
   * Begins with what happened since the position; gives what ends it.
   * @param join the chain's feed
   * @throws RPC_CURSOR_UNKNOWN
   */
  start(join: (tell: Tell<ChainEvent>) => () => void): () => void {
    this.#send(chainChanges(this.#chain, this.#position, PAGE_BLOCKS));
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
      this.#send(chainChanges(this.#chain, this.#position, PAGE_BLOCKS));
    } catch {
      // The node has thrown away what comes next for this client.
      this.#isStopped = true;
      this.#emit(JSON.stringify({ kind: "lost", cursor: encodeChainCursor(this.#position) }));
    }
  }

  #send({ removed, added, position }: ChainChanges): void {
    this.#position = position;
    const messages = [...removed.map(removedJson), ...added.map(addedJson), ...this.#finality()];
    const last = messages.pop();
    if (last === undefined) return;
    this.#isSending = true;
    for (const message of messages) this.#emit(message);
    this.#emit(last, () => {
      this.#isSending = false;
      this.#advance();
    });
  }

  /** Told once the client has seen the block that became final. */
  #finality(): string[] {
    const finalized = this.#finalized;
    if (finalized === undefined || finalized.number > this.#position.number) return [];
    this.#finalized = undefined;
    const { number, hash } = finalized;
    return [JSON.stringify({ kind: "finalized", number: quantityToHex(number), hash })];
  }
}
