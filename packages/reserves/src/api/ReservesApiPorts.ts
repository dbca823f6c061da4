import type { AuditLog, AuditStore } from "@trellis/platform/audit";
import type { ApiKeys, Sessions } from "@trellis/platform/auth";
import type { CostRoutePorts } from "@trellis/platform/cost";
import type { ApiPorts, EventStream } from "@trellis/platform/http";
import type { Jobs } from "@trellis/platform/jobs";
import type { WebhookStore, Webhooks } from "@trellis/platform/notify";
import type { OfferedSettings } from "@trellis/platform/runtimeSettings";
import type { Publications } from "../anchoring/index.ts";
import type { ReserveAddresses } from "../assets/index.ts";
import type { Attestations } from "../attestation/index.ts";
import type { RetentionSchedule } from "../compliance/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { PublishedKeys, SignedHeads, TransparencyLog } from "../log/index.ts";
import type { Incidents } from "../reconciliation/index.ts";
import type { ProofFiles, Snapshots } from "../snapshots/index.ts";

export interface ReservesApiPorts extends CostRoutePorts {
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
    "list" | "record" | "recordOf" | "end" | "prove" | "statement" | "signExport" | "recordKeyOf"
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
  readonly sessions: Sessions;
  readonly settings: OfferedSettings;
  readonly webhooks: Webhooks & Pick<WebhookStore, "listWebhooks" | "listDeliveries" | "findWebhook">;
  readonly events: EventStream;
  readonly published: PublishedKeys;
  readonly retention: RetentionSchedule;
  readonly http: ApiPorts;
}
