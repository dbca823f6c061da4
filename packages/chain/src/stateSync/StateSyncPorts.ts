import type { Clock, Pace, TrellisError } from "@trellis/base";
import type { ChainBlock, Hash, Header, NetworkParameters } from "@trellis/protocol";
import type { KeyValueStore } from "@trellis/storage";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import type { CertificateStore } from "../finality/certificates/CertificateStore.ts";
import type { KeepsStateOptions } from "../state/keepsState.ts";
import type { HistoryDepthOptions } from "../state/keptHistory.ts";
import type { StateStore } from "../state/StateStore.ts";
import type { ChainBatch } from "../store/ChainBatch.ts";
import type { ChainTables } from "../store/tables.ts";

export interface StateSyncOptions extends KeepsStateOptions, HistoryDepthOptions {
  readonly parameters: NetworkParameters;
}

/** The chain that takes a state over, or gives one away. */
export interface StateSyncPorts extends KnownBlocks {
  readonly tables: ChainTables;
  readonly states: StateStore;
  readonly certificates: CertificateStore;
  readonly store: KeyValueStore;
  readonly clock: Clock;
  readonly pace?: Pace;
}

/** Through which state sync changes the chain: one change after another. */
export interface SyncQueue {
  readonly sink: Hash;
  /** Whether headers have come, and no state yet. */
  readonly awaitsState: boolean;
  awaitState(): void;
  /** @throws the rule that the header breaks */
  checkHeader(hash: Hash, header: Header): Promise<void>;
  /** A rule that a header breaks, or an error of this node's. */
  refusalOf(block: Hash, error: unknown): TrellisError;
  /** @throws CHAIN_STOPPED */
  requireRunning(): void;
  exclusively<T>(action: () => Promise<T>): Promise<T>;
  commit(batch: ChainBatch): Promise<void>;
  /** The chain goes on from another block. */
  moveTo(block: ChainBlock): void;
}
