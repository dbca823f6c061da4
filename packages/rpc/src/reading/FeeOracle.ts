import type { ChainBlock, ChainView, Hash, PoolView } from "@trellis/protocol";
import type { RpcNodePorts, TipSuggestion } from "../ports.ts";

const BLOCKS = 20;

/** Computes fees once per head. [RPC-9] */
export class FeeOracle {
  readonly #chain: ChainView;
  readonly #pool: PoolView;
  readonly #suggestTips: RpcNodePorts["suggestTips"];
  #head: Hash | undefined;
  #floorWei = 0n;
  #tips: TipSuggestion = { low: 0n, normal: 0n, fast: 0n };

  constructor({ chain, pool, suggestTips }: Pick<RpcNodePorts, "chain" | "pool" | "suggestTips">) {
    this.#chain = chain;
    this.#pool = pool;
    this.#suggestTips = suggestTips;
  }

  tips(): TipSuggestion {
    const head = this.#chain.head();
    const { floorWei } = this.#pool.status();
    if (head.hash !== this.#head || floorWei !== this.#floorWei) {
      this.#tips = this.#suggestTips(this.#recent(head), floorWei);
      this.#head = head.hash;
      this.#floorWei = floorWei;
    }
    return this.#tips;
  }

  /** wei per gas; suffices for one of the next blocks. */
  gasPrice(): bigint {
    const current = this.#chain.head().header.baseFee;
    const next = this.#chain.nextBaseFee();
    const isRising = next > current;
    return (isRising ? next : current) + this.tips().normal;
  }

  /** wei per gas; suffices until the base fee has doubled. */
  feeCap(tip: bigint): bigint {
    return this.#chain.nextBaseFee() * 2n + tip;
  }

  #recent(head: ChainBlock): ChainBlock[] {
    const blocks: ChainBlock[] = [];
    for (let number = head.header.number; number >= 0 && blocks.length < BLOCKS; number--) {
      const block = this.#chain.blockByNumber(number);
      if (block === undefined) break;
      blocks.push(block);
    }
    return blocks;
  }
}
