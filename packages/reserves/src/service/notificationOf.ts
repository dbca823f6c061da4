import type { StoredEvent } from "@trellis/platform/events";
import type { Notification } from "@trellis/platform/notify";
import { INCIDENT_KINDS, type Incident } from "../reconciliation/index.ts";

const SEVERITY = { critical: "critical", warning: "warning", notice: "info" } as const;

export function notificationOf({ kind, data, timeMs }: StoredEvent): Notification | undefined {
  if (kind === "attestation.published") {
    const { id, isCovered, snapshotId } = data as { id: string; isCovered: boolean; snapshotId: string };
    const outcome = isCovered ? "every asset is covered" : "not every asset is covered";
    return {
      kind,
      severity: isCovered ? "info" : "warning",
      timeMs,
      dedupeKey: `attestation ${id}`,
      subject: `Attestation ${id}: ${outcome}`,
      text: `Of snapshot ${snapshotId}.`,
    };
  }
  if (!kind.startsWith("incident.")) return undefined;
  const { id, asset, expected, got, ...incident } = data as Incident & { readonly id: string };
  const about = asset === undefined ? incident.kind : `${incident.kind} ${asset}`;
  const isOver = kind === "incident.closed";
  return {
    kind,
    severity: isOver ? "info" : SEVERITY[incident.severity],
    subject: isOver ? `Resolved: ${about}` : about,
    text: isOver
      ? `Incident ${id} is over.`
      : `Incident ${id}: ${INCIDENT_KINDS[incident.kind]}. Expected ${expected}, got ${got}.`,
    dedupeKey: `${kind} ${incident.key} ${incident.severity}`,
    timeMs,
  };
}
