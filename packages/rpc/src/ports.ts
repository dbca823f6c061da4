import type { Clock, Log, Metrics, Scheduler } from "@trellis/base";
import type { Signer } from "@trellis/crypto";
import type { ChainBlock, ChainView, Hash, PoolView, TransactionIntake } from "@trellis/protocol";

/** Tips to offer, lowest to highest. wei per gas */
export interface TipSuggestion {
  readonly low: bigint;
  readonly normal: bigint;
  readonly fast: bigint;
}

/** What a development chain lets its owner do. */
export interface DevControl {
  /** Mines blocks now; resolves to their hashes when they are on the chain. */
  mine(count: number): Promise<readonly Hash[]>;
}

export interface SyncProgress {
  readonly startingBlock: number;
  readonly currentBlock: number;
  readonly highestBlock: number;
}

/** What RPC tells about the node's peers. A node without a network has none. */
export interface NetworkView {
  peerCount(): number;
  isListening(): boolean;
  /** undefined when the node is at the tip. */
  syncProgress(): SyncProgress | undefined;
  /** Called when syncing begins and ends. */
  subscribeSync(listener: (progress: SyncProgress | undefined) => void): () => void;
}

/** Everything that the server is handed. */
export interface RpcDependencies {
  readonly chain: ChainView;
  readonly pool: PoolView;
  readonly intake: TransactionIntake;
  /** Tips of recently accepted transactions, never under the floor. */
  readonly suggestTips: (recent: readonly ChainBlock[], floorWei: bigint) => TipSuggestion;
  /** Accounts whose keys this node holds; for development only. */
  readonly signers?: readonly Signer[];
  readonly devControl?: DevControl;
  readonly network?: NetworkView;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly metrics: Metrics;
}
