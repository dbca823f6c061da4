import type { BlockLogs, ChainClient } from "@trellis/client";
import type { Simulator } from "../simulation/index.ts";

export interface EngineMarket {
  readonly client: ChainClient;
  readonly blockLogs: BlockLogs;
  readonly simulator: Simulator;
}
