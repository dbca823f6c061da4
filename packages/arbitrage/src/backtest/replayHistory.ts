import type { EngineMarket } from "./Market.ts";
import type { PastMarket } from "./runBacktest.ts";

export interface HistoryOptions {
  readonly fromHeight: number;
  readonly toHeight: number;
  readonly tipWei: bigint;
}

/** Requires an archive node. */
export function replayHistory(
  { client, blockLogs, simulator }: EngineMarket,
  { fromHeight, toHeight, tipWei }: HistoryOptions,
): PastMarket {
  let height = fromHeight;
  return {
    market: {
      blockLogs,
      simulator,
      client: {
        ...client,
        async block(at) {
          if (typeof at !== "number") return client.block(height);
          return at > height ? undefined : client.block(at);
        },
        suggestedTipWei: async () => tipWei,
      },
    },
    head: () => client.block(height),
    async advance() {
      if (height >= toHeight) return false;
      height += 1;
      return true;
    },
  };
}
