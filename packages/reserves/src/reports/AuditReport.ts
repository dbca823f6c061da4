import type { Hex } from "@trellis/base";
import type { AssetPrice, AttestedReading } from "../attestation/index.ts";
import type { PublishedKey } from "../log/index.ts";
import type { Incident } from "../reconciliation/index.ts";
import type { SnapshotRecord } from "../snapshots/index.ts";

export interface Meaning {
  readonly statement: string;
  readonly meaning: string;
}

/** No creation time: equal input produces equal bytes. */
export interface AuditReport {
  readonly type: "trellis-reserves-report";
  readonly version: 1;
  readonly custodian: string;
  readonly records: PublishedKey;
  readonly log: PublishedKey & { readonly origin: string; readonly name: string };
  readonly snapshot: {
    readonly record: SnapshotRecord;
    readonly recordHash: Hex;
    /** Base64 signature of the custodian. */
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
    readonly note: string;
  } | null;
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
