import type { Anchor, AnchorChange, AnchorContent } from "./Anchor.ts";
import { anchoringErrors } from "./errors.ts";

export interface AnchorStore {
  /** Idempotent. @throws ANCHOR_REFUSED */
  add(content: AnchorContent): Promise<Anchor>;
  find(sequence: number): Promise<Anchor | undefined>;
  open(limit: number): Promise<readonly Anchor[]>;
  /** Undefined if another worker has changed the anchor. @throws ANCHOR_SETTLED */
  change(anchor: Pick<Anchor, "sequence" | "version">, change: AnchorChange): Promise<Anchor | undefined>;
}

const FIELDS = ["previousRecordHash", "recordHash", "totalsHash", "logSize", "logRoot"] as const;

export function checkSame(known: AnchorContent, content: AnchorContent): void {
  const field = FIELDS.find((name) => known[name] !== content[name]);
  if (field === undefined) return;
  const { sequence } = content;
  throw anchoringErrors.ANCHOR_REFUSED({
    reason: "another record with this number is already queued",
    sequence,
    field,
    known: known[field],
    got: content[field],
  });
}

export function checkFollows(last: AnchorContent | undefined, content: AnchorContent): void {
  const { sequence, previousRecordHash, logSize } = content;
  const expected = (last?.sequence ?? 0) + 1;
  if (sequence !== expected)
    throw anchoringErrors.ANCHOR_REFUSED({
      reason: "the record does not follow the previous one",
      sequence,
      expected,
    });
  const previous = last?.recordHash ?? NO_RECORD_HASH;
  if (previousRecordHash !== previous)
    throw anchoringErrors.ANCHOR_REFUSED({
      reason: "the record does not follow the previous one",
      sequence,
      previousRecordHash,
      expected: previous,
    });
  const logSizeBefore = last?.logSize ?? 0;
  if (!Number.isSafeInteger(logSize) || logSize <= logSizeBefore)
    throw anchoringErrors.ANCHOR_REFUSED({
      reason: "the record does not follow the previous one",
      sequence,
      logSize,
      logSizeBefore,
    });
}

const NO_RECORD_HASH = `0x${"00".repeat(32)}`;
