import type { BlockLogs, ChainClient } from "@trellis/client";
import type { Simulator } from "../simulation/index.ts";

/** All that an engine on paper knows of the world. */
export interface EngineMarket {
  readonly client: ChainClient;
  readonly blockLogs: BlockLogs;
  readonly simulator: Simulator;
}
