import type { Clock, Log, Metrics, Tracing } from "@trellis/base";
import type { Certificate, Hash, NetworkParameters } from "@trellis/protocol";
import type { KeyValueStore } from "@trellis/storage";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import type { CrossLinkSource } from "../shards/crossLinksToCarry.ts";
import type { ReportEvidence } from "../shards/evidenceReporter.ts";
import type { StateStore } from "../state/StateStore.ts";
import type { ChainBatch } from "../store/ChainBatch.ts";
import type { ChainTables } from "../store/tables.ts";
import type { CertificateStore } from "./certificates/CertificateStore.ts";
import type { SetChanges } from "./certificates/SetChanges.ts";
import type { FinalLimit } from "./FinalLimit.ts";
import type { Epochs } from "./validatorSets/Epochs.ts";
import type { Voting } from "./voting/Voting.ts";

export interface ImportQueue {
  readonly sink: Hash;
  readonly awaitsState: boolean;
  finalize(certificate: Certificate): Promise<void>;
  keepCertificate(certificate: Certificate): Promise<void>;
  exclusively<T>(action: () => Promise<T>): Promise<T>;
  commit(batch: ChainBatch): Promise<void>;
}

export interface ChainFinalityPorts extends KnownBlocks {
  readonly parameters: NetworkParameters;
  readonly tables: ChainTables;
  readonly states: StateStore;
  readonly epochs: Epochs;
  /** In shard n > 0. Default: that of the own state. [SHARD-16] */
  readonly shardVoting?: Voting | undefined;
  /** In shard n > 0. */
  readonly reportEvidence?: ReportEvidence | undefined;
  readonly crossLinks?: CrossLinkSource | undefined;
  readonly certificates: CertificateStore;
  readonly setChanges: SetChanges;
  readonly finalLimit: FinalLimit;
  readonly store: KeyValueStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
}
