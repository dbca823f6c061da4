import { bytesToHex } from "@trellis/base";
import type { AuditStore } from "@trellis/platform/audit";
import type { Publisher } from "./openPublisher.ts";

/**
 * Makes later changes of the audit log detectable. @returns the log index; undefined for an empty audit log
 */
export async function publishAuditHead(
  custodian: string,
  {
    store,
    publisher,
  }: { readonly store: Pick<AuditStore, "head">; readonly publisher: Pick<Publisher, "append"> },
): Promise<number | undefined> {
  const head = await store.head();
  if (head === undefined) return undefined;
  const { sequence, hash } = head;
  return publisher.append({ type: "audit", body: { custodian, sequence, hash: bytesToHex(hash) } });
}
