import type { Metrics } from "@trellis/base";
import type { Address, ChainBlock, ChainEvent, ChainView } from "@trellis/protocol";
import { nodeMetrics } from "../metrics.ts";
import { weiToCoins } from "./weiToCoins.ts";

const COLOURS = ["blue", "red"] as const;

interface OwnBlock {
  readonly stream: number;
  readonly colour: (typeof COLOURS)[number];
}

type OwnView = Pick<ChainView, "parameters" | "subscribe" | "header" | "dagBlock">;

/** Counts final blocks, because a reorganisation can change a colour. @returns a function that stops */
export function measureOwnBlocks(view: OwnView, miner: Address, metrics: Metrics): () => void {
  const { streams } = view.parameters;
  const blocks = metrics.counter(nodeMetrics.trellis_own_blocks_total);
  const rewards = metrics.counter(nodeMetrics.trellis_own_rewards_coins_total);
  for (const { name: stream } of streams) {
    rewards.add(0, { stream });
    for (const colour of COLOURS) blocks.add(0, { stream, colour });
  }
  /** By number of the merging chain block, ascending. */
  const pending = new Map<number, readonly OwnBlock[]>();
  const count = ({ stream, colour }: OwnBlock): void => {
    const { name, subsidyWei } = streams[stream]!;
    blocks.add(1, { stream: name, colour });
    if (colour === "blue") rewards.add(weiToCoins(subsidyWei), { stream: name });
  };
  return view.subscribe((event: ChainEvent) => {
    if (event.kind === "removed") pending.delete(event.block.header.number);
    if (event.kind === "added") {
      const own = ownBlocksOf(view, miner, event.block);
      if (own.length > 0) pending.set(event.block.header.number, own);
    }
    if (event.kind !== "finalized") return;
    for (const [number, own] of pending) {
      if (number > event.number) break;
      pending.delete(number);
      for (const block of own) count(block);
    }
  });
}

/** The chain block itself is blue, and is the last carrier. */
function ownBlocksOf(view: OwnView, miner: Address, { hash, carriers }: ChainBlock): readonly OwnBlock[] {
  const mined = carriers.flatMap((carrier) => {
    const header = view.header(carrier);
    return header?.miner === miner ? [{ carrier, stream: header.stream }] : [];
  });
  if (mined.length === 0) return [];
  const reds = new Set(carriers.length > 1 ? view.dagBlock(hash)?.reds : []);
  return mined.map(({ carrier, stream }) => ({ stream, colour: reds.has(carrier) ? "red" : "blue" }));
}
