import type { Clock, Pace, TrellisError } from "@trellis/base";
import type { ChainBlock, Hash, Header, NetworkParameters } from "@trellis/protocol";
import type { KnownBlocks } from "../consensus/KnownBlocks.ts";
import type { FinalAnchors } from "../consensus/rules/anchor.ts";
import type { CertificateStore } from "../finality/certificates/CertificateStore.ts";
import type { AnchoredStates } from "../shards/AnchoredStates.ts";
import type { AnchorTable } from "../shards/AnchorTable.ts";
import type { KeepsStateOptions } from "../state/keepsState.ts";
import type { HistoryDepthOptions } from "../state/keptHistory.ts";
import type { StateStore } from "../state/StateStore.ts";
import type { ChainBatch } from "../store/ChainBatch.ts";
import type { ChainTables } from "../store/tables.ts";

export interface StateSyncOptions extends KeepsStateOptions, HistoryDepthOptions {
  readonly parameters: NetworkParameters;
}

export interface StateSyncPorts extends KnownBlocks {
  readonly tables: ChainTables;
  readonly states: StateStore;
  readonly certificates: CertificateStore;
  /** In shard n > 0. */
  readonly voters?: Pick<FinalAnchors, "newest" | "votersOf"> | undefined;
  /** In networks with several shards. */
  readonly anchored?: AnchoredStates | undefined;
  readonly anchorTable?: AnchorTable | undefined;
  readonly clock: Clock;
  readonly pace?: Pace | undefined;
}

export interface SyncQueue {
  readonly sink: Hash;
  readonly awaitsState: boolean;
  awaitState(): void;
  checkHeader(hash: Hash, header: Header): Promise<void>;
  refusalOf(block: Hash, error: unknown): TrellisError;
  requireRunning(): void;
  exclusively<T>(action: () => Promise<T>): Promise<T>;
  commit(batch: ChainBatch): Promise<void>;
  moveTo(block: ChainBlock): void;
}
