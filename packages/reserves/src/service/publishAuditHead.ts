import { bytesToHex } from "@trellis/base";
import type { AuditStore } from "@trellis/platform/audit";
import type { Publisher } from "./openPublisher.ts";

/**
 * Puts the head of the audit log into the transparency log, unless it is there: entries that are cut off or changed
 * later are seen by anyone who has both.
 * @returns its place in the log; undefined before there is an entry
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
