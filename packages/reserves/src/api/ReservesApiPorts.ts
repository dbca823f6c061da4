import type { AuditLog, AuditStore } from "@trellis/platform/audit";
import type { ApiKeys } from "@trellis/platform/auth";
import type { ApiPorts, EventStream } from "@trellis/platform/http";
import type { Jobs } from "@trellis/platform/jobs";
import type { WebhookStore, Webhooks } from "@trellis/platform/notify";
import type { OfferedSettings } from "@trellis/platform/runtimeSettings";
import type { OwnershipClaim } from "../assets/index.ts";
import type { RetentionSchedule } from "../compliance/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { TransparencyLog } from "../log/index.ts";
import type { Incident } from "../reconciliation/index.ts";
import type { PublishedKeys } from "../reports/AuditReport.ts";
import type { ProofFiles, Snapshots } from "../snapshots/index.ts";

export interface ReservesApiPorts {
  readonly ledger: Pick<
    Ledger,
    | "addAsset"
    | "assets"
    | "addCustomers"
    | "customer"
    | "customers"
    | "eraseCustomerKey"
    | "enter"
    | "importCsv"
    | "entries"
    | "balancesAt"
    | "position"
    | "balances"
    | "debts"
    | "newestTotals"
    | "totals"
    | "debtTotals"
    | "history"
    | "statement"
  >;
  readonly snapshots: Pick<
    Snapshots,
    "list" | "record" | "recordOf" | "end" | "prove" | "statement" | "signExport"
  >;
  readonly proofs: Pick<ProofFiles, "json" | "binary">;
  readonly publications: Publications;
  readonly log: Pick<TransparencyLog, "entries" | "inclusionProof" | "consistencyProof"> & SignedHeads;
  readonly addresses: ReserveAddresses;
  readonly attestations: Attestations;
  readonly incidents: Incidents;
  readonly jobs: Pick<Jobs, "add" | "find" | "list" | "cancel" | "revive">;
  readonly audit: { readonly log: AuditLog; readonly store: Pick<AuditStore, "read"> };
  readonly apiKeys: ApiKeys;
  readonly settings: OfferedSettings;
  readonly webhooks: Webhooks & Pick<WebhookStore, "listWebhooks" | "listDeliveries" | "findWebhook">;
  readonly events: EventStream;
  readonly published: PublishedKeys;
  readonly retention: RetentionSchedule;
  readonly http: ApiPorts;
}

export interface Publication {
  /** Undefined until logged. */
  readonly logIndex: number | undefined;
  /** Undefined until anchored on-chain and final. */
  readonly anchor:
    | { readonly chainId: number; readonly transactionHash: string; readonly blockNumber: number }
    | undefined;
}

export interface Publications {
  of(snapshotNumber: number): Promise<Publication>;
}

export interface SignedHeads {
  head(): Promise<SignedHead | undefined>;
}

export interface SignedHead {
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
  readonly timeMs: number;
  /** C2SP tlog-checkpoint. */
  readonly note: string;
}

export interface ReserveAddress {
  /** CAIP-2 */
  readonly chain: string;
  readonly address: string;
  readonly method: string;
  readonly snapshotId: string;
  readonly claimedAtMs: number;
}

export interface ReserveAddresses {
  /** Ordered by `chain address`, starting after `after`. */
  list(after: string | undefined, limit: number): Promise<readonly ReserveAddress[]>;
  /** @throws the codes of assets */
  challenge(request: {
    readonly chain: string;
    readonly address: string;
    readonly snapshotId: string;
  }): Promise<string>;
  /** @throws the codes of assets */
  claim(claim: {
    readonly challenge: string;
    readonly method: string;
    readonly signature: string;
  }): Promise<ReserveAddress>;
  release(chain: string, address: string): Promise<boolean>;
}

export interface AttestationView {
  readonly id: string;
  readonly snapshotId: string;
  readonly timeMs: number;
  readonly isCovered: boolean;
  /** Undefined until logged. */
  readonly logIndex: number | undefined;
}

export interface Attestations {
  /** Newest first. */
  list(beforeId: string | undefined, limit: number): Promise<readonly AttestationView[]>;
  signed(id: string): Promise<string | undefined>;
  evidence(id: string): Promise<readonly OwnershipClaim[] | undefined>;
}

export interface IncidentView extends Incident {
  readonly id: string;
  readonly openedAtMs: number;
  readonly closedAtMs: number | undefined;
  readonly acknowledgedBy: string | undefined;
  readonly note: string | undefined;
  readonly version: number;
}

export interface Incidents {
  /** Newest first. */
  list(
    filter: { readonly isOpen: boolean | undefined },
    beforeId: string | undefined,
    limit: number,
  ): Promise<readonly IncidentView[]>;
  find(id: string): Promise<IncidentView | undefined>;
  /** Undefined if the version has changed. */
  acknowledge(id: string, version: number, by: string, note: string): Promise<IncidentView | undefined>;
}
