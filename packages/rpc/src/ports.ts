import type { Clock, Log, Metrics, Scheduler } from "@trellis/base";
import type { Signer } from "@trellis/crypto";
import type {
  ChainBlock,
  ChainView,
  FinalityIntake,
  FinalityView,
  Hash,
  NetworkControl,
  NetworkView,
  PoolView,
  TransactionIntake,
} from "@trellis/protocol";

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

/** What RPC tells of finality, and may report to it. */
export type FinalityService = FinalityView & Pick<FinalityIntake, "receiveEvidence">;

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
  readonly finality?: FinalityService;
  readonly network?: NetworkView;
  readonly networkControl?: NetworkControl;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly metrics: Metrics;
}
