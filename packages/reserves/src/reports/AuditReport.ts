import type { Hex } from "@trellis/base";
import type { AssetPrice, AttestedReading } from "../attestation/index.ts";
import type { Incident } from "../reconciliation/index.ts";
import type { SnapshotRecord } from "../snapshots/index.ts";

/** The public halves of the keys that a custodian signs with. */
export interface PublishedKeys {
  readonly custodian: string;
  /** Signs records and statements. */
  readonly records: PublishedKey;
  /** Signs heads of the log, and attestations. */
  readonly log: PublishedKey & { readonly origin: string; readonly name: string };
}

export interface PublishedKey {
  readonly algorithm: string;
  readonly publicKey: Hex;
}

/** What a statement of an attestation means. */
export interface Meaning {
  readonly statement: string;
  readonly meaning: string;
}

/**
 * What an auditor reads of a snapshot. It has no time of its own: of the same snapshot, log, attestation and incidents
 * it is the same to the byte, in each of its forms.
 */
export interface AuditReport {
  readonly type: "trellis-reserves-report";
  readonly version: 1;
  readonly custodian: string;
  readonly records: PublishedKey;
  readonly log: PublishedKey & { readonly origin: string; readonly name: string };
  readonly snapshot: {
    readonly record: SnapshotRecord;
    /** SHA-256 of the encoding: what is logged, anchored, and named by the record behind it. */
    readonly recordHash: Hex;
    /** The custodian's, base64. */
    readonly signature: string;
    readonly logIndex: number | null;
    readonly anchor: {
      readonly chainId: number;
      readonly transactionHash: string;
      readonly blockNumber: number;
    } | null;
  };
  readonly logHead: {
    readonly size: number;
    readonly root: Hex;
    readonly timeMs: number;
    /** The signed note. */
    readonly note: string;
  } | null;
  /** The newest of the snapshot; null where there is none. */
  readonly attestation: ReportedAttestation | null;
  readonly openIncidents: readonly ReportedIncident[];
}

export interface ReportedAttestation {
  readonly id: string;
  readonly logIndex: number | null;
  readonly timeMs: number;
  readonly isCovered: boolean;
  readonly assets: readonly {
    readonly asset: string;
    readonly decimals: number;
    readonly liabilities: string;
    readonly reserves: string;
    readonly haircutBasisPoints: number;
    readonly countedReserves: string;
    readonly isCovered: boolean;
  }[];
  readonly readings: readonly AttestedReading[];
  readonly quote: string;
  readonly prices: readonly AssetPrice[];
  readonly liabilitiesValue: string;
  readonly countedReservesValue: string;
  readonly proved: readonly Meaning[];
  readonly notProved: readonly Meaning[];
}

export interface ReportedIncident extends Omit<Incident, "key" | "asset"> {
  readonly id: string;
  readonly asset: string | null;
  readonly openedAtMs: number;
}
