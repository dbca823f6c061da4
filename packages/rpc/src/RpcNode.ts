import type { Clock, Scheduler } from "@trellis/base";
import type { Signer } from "@trellis/crypto";
import type { IndexView } from "@trellis/indexer";
import type {
  Address,
  ChainEvent,
  ChainView,
  MiningService,
  NetworkControl,
  NetworkView,
  PoolEvent,
  PoolView,
  TransactionIntake,
} from "@trellis/protocol";
import type { FilterStore } from "./filters/FilterStore.ts";
import type { ExecuteLane } from "./guards/ExecuteLane.ts";
import type { InclusionWaits } from "./guards/InclusionWaits.ts";
import type { LogItems } from "./guards/LogItems.ts";
import type { ScanLane } from "./guards/ScanLane.ts";
import type { SignatureBudget } from "./guards/SignatureBudget.ts";
import type { MethodDeclaration } from "./methods/MethodDeclaration.ts";
import type { RpcLimits } from "./options.ts";
import type { DevControl, FinalityService, ForkedChain, ShardPeers } from "./ports.ts";
import type { FeeOracle } from "./reading/FeeOracle.ts";
import type { Reads } from "./reads/Reads.ts";
import type { Session } from "./Session.ts";
import type { AccountQueue } from "./signing/AccountQueue.ts";
import type { Impersonation } from "./signing/Impersonation.ts";
import type { Feed } from "./subscriptions/Feed.ts";

export interface RpcNode {
  readonly chain: ChainView;
  readonly pool: PoolView;
  readonly intake: TransactionIntake;
  /** Calls wait for it. [DEV-9] */
  readonly settled: () => Promise<void> | undefined;
  readonly fees: FeeOracle;
  readonly filters: FilterStore;
  readonly logItems: LogItems;
  readonly feeds: { readonly chain: Feed<ChainEvent>; readonly pool: Feed<PoolEvent> };
  readonly signers: ReadonlyMap<Address, Signer>;
  readonly impersonation: Impersonation;
  readonly accountQueue: AccountQueue;
  /** The session's transactions count as local. [RPC-22] */
  isOwn(session: Session): boolean;
  readonly devControl: DevControl | undefined;
  readonly forked: ForkedChain | undefined;
  readonly shards: ShardPeers | undefined;
  readonly mining: MiningService | undefined;
  readonly finality: FinalityService | undefined;
  readonly index: IndexView | undefined;
  readonly network: NetworkView | undefined;
  readonly networkControl: NetworkControl | undefined;
  readonly signatures: SignatureBudget;
  readonly inclusions: InclusionWaits;
  readonly lanes: { readonly execute: ExecuteLane; readonly scan: ScanLane };
  readonly reads: Reads;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly limits: RpcLimits;
  readonly clientVersion: string;
  readonly methods: ReadonlyMap<string, MethodDeclaration>;
}
