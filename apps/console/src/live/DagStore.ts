import type { Hex } from "viem";
import { type DagBlock, type DagBlockJson, readDagBlock } from "./DagBlock.ts";
import { node } from "./node.ts";
import type { RpcConnection } from "./RpcConnection.ts";

const BLOCKS_MAX = 1_500;
const BLOCKS_SLACK = 150;
/** Colours of blocks within this many blue scores below the sink may change. */
const UNSETTLED_SCORES = 60;
const REFRESH_MS = 150;
const FIRST_SCORES = 400;

interface DagSnapshot {
  readonly blocks: ReadonlyMap<Hex, DagBlock>;
  readonly version: number;
  readonly finalizedNumber: number;
}

interface BlockMessage {
  readonly kind: "block";
  readonly cursor: Hex;
  readonly block: DagBlockJson;
}

interface FinalizedMessage {
  readonly kind: "finalized" | "added" | "removed";
  readonly number?: Hex;
}

export class DagStore {
  #blocks = new Map<Hex, DagBlock>();
  #snapshot: DagSnapshot = { blocks: this.#blocks, version: 0, finalizedNumber: 0 };
  readonly #node: Pick<RpcConnection, "request" | "subscribe" | "onState" | "state">;
  /** The store has all blocks up to this blue score. */
  #wholeTo = Number.NEGATIVE_INFINITY;
  #isAsking = false;
  #isDue = false;
  readonly #listeners = new Set<() => void>();
  #stops: (() => void)[] = [];

  constructor(from: Pick<RpcConnection, "request" | "subscribe" | "onState" | "state">) {
    this.#node = from;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) for (const stop of this.#stops.splice(0)) stop();
    };
  };

  snapshot = (): DagSnapshot => this.#snapshot;

  #start(): void {
    void this.#refresh();
    this.#stops = [
      this.#node.subscribe<BlockMessage>(
        "trellis_subscribe",
        () => ["dag"],
        ({ block }) => {
          const read = readDagBlock(block);
          if (read.blueScore - this.#wholeTo > UNSETTLED_SCORES) this.#refreshSoon();
          else if (!this.#blocks.has(read.hash)) this.#put([read]);
        },
      ),
      this.#node.subscribe<FinalizedMessage>(
        "trellis_subscribe",
        () => ["chain"],
        ({ kind, number }) => {
          if (kind === "finalized" && number !== undefined) this.#finalized(Number(number));
          this.#refreshSoon();
        },
      ),
      this.#node.onState(() => {
        if (this.#node.state === "live") this.#refreshSoon();
      }),
    ];
  }

  #refreshSoon(): void {
    this.#isDue = true;
    if (this.#isAsking) return;
    this.#isAsking = true;
    setTimeout(async () => {
      while (this.#isDue) {
        this.#isDue = false;
        await this.#refresh();
      }
      this.#isAsking = false;
    }, REFRESH_MS);
  }

  async #refresh(): Promise<void> {
    try {
      const head = await this.#node.request<{ blueScore: Hex } | null>("trellis_getChainBlock", ["latest"]);
      const checkpoint = await this.#node.request<{ finalized: { number: Hex } }>("trellis_getCheckpoint");
      const top = Number(head?.blueScore ?? "0x0");
      const missing = Math.max(0, top - this.#wholeTo);
      const from = Math.max(0, top - (missing > FIRST_SCORES ? FIRST_SCORES : missing + UNSETTLED_SCORES));
      const range = [from, top + UNSETTLED_SCORES].map((score) => `0x${score.toString(16)}`);
      const blocks = await this.#node.request<readonly DagBlockJson[]>("trellis_getDag", range);
      this.#finalized(Number(checkpoint.finalized.number));
      if (missing > FIRST_SCORES) this.#dropBefore(from);
      this.#wholeTo = top;
      this.#put(blocks.map(readDagBlock));
    } catch {
      // RpcConnection reports lost connections.
    }
  }

  #finalized(number: number): void {
    if (number > this.#snapshot.finalizedNumber) this.#change({ finalizedNumber: number });
  }

  #dropBefore(score: number): void {
    for (const { hash, blueScore } of this.#blocks.values()) {
      if (blueScore < score) this.#blocks.delete(hash);
    }
  }

  #put(blocks: readonly DagBlock[]): void {
    for (const block of blocks) this.#blocks.set(block.hash, block);
    if (this.#blocks.size > BLOCKS_MAX + BLOCKS_SLACK) {
      const oldest = [...this.#blocks.values()].sort((a, b) => a.blueScore - b.blueScore);
      for (const { hash } of oldest.slice(0, this.#blocks.size - BLOCKS_MAX)) this.#blocks.delete(hash);
    }
    this.#change({});
  }

  #change(part: Partial<DagSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...part, version: this.#snapshot.version + 1 };
    for (const listener of this.#listeners) listener();
  }
}

export const dagStore = new DagStore(node);
