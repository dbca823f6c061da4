import type { Clock, Log, Metrics } from "@trellis/base";
import type { Certificate, Hash, NetworkParameters } from "@trellis/protocol";
import type { KeyValueStore } from "@trellis/storage";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import type { StateStore } from "../state/StateStore.ts";
import type { ChainBatch } from "../store/ChainBatch.ts";
import type { ChainTables } from "../store/tables.ts";
import type { CertificateStore } from "./certificates/CertificateStore.ts";
import type { FinalLimit } from "./FinalLimit.ts";
import type { Epochs } from "./validatorSets/Epochs.ts";
import type { SetChanges } from "./validatorSets/SetChanges.ts";

/** Through which finality moves the chain: one change after another. */
export interface ImportQueue {
  readonly sink: Hash;
  /** Whether no state is here yet. */
  readonly awaitsState: boolean;
  /** Makes final what a certificate says, now or when its block comes. */
  finalize(certificate: Certificate): Promise<void>;
  /** Keeps a certificate that more have signed. */
  keepCertificate(certificate: Certificate): Promise<void>;
  exclusively<T>(action: () => Promise<T>): Promise<T>;
  commit(batch: ChainBatch): Promise<void>;
}

/** The chain that the vote is on. */
export interface ChainFinalityPorts extends KnownBlocks {
  readonly parameters: NetworkParameters;
  readonly tables: ChainTables;
  readonly states: StateStore;
  readonly epochs: Epochs;
  readonly certificates: CertificateStore;
  readonly setChanges: SetChanges;
  readonly finalLimit: FinalLimit;
  readonly store: KeyValueStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}
