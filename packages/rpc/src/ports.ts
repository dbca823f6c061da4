import type { Clock, Log, Metrics, Scheduler } from "@trellis/base";
import type { Signer } from "@trellis/crypto";
import type { IndexView } from "@trellis/indexer";
import type {
  Awaitable,
  ChainBlock,
  ChainView,
  Evidence,
  FinalityView,
  Hash,
  NetworkControl,
  NetworkView,
  PoolView,
  TransactionIntake,
} from "@trellis/protocol";

import type { ReadPool } from "./reads/pool/ReadPool.ts";

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
export interface FinalityService extends FinalityView {
  /** Verified, it goes to the other nodes and into a block. @throws a TrellisError with the rule that it breaks */
  submitEvidence(evidence: Evidence): void;
}

/**
 * Runs a call within a span of a trace.
 * @param traceparent of the trace that the client has begun, as it came
 */
export type TraceCall = (
  method: string,
  traceparent: string | undefined,
  run: () => Awaitable<unknown>,
) => Promise<unknown>;

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
  readonly index?: IndexView;
  readonly network?: NetworkView;
  readonly networkControl?: NetworkControl;
  /** Workers that read the chain's store; undefined where no other thread can. */
  readonly readPool?: ReadPool | undefined;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Undefined where calls are not traced. */
  readonly trace?: TraceCall | undefined;
}
