import { createHash } from "node:crypto";
import { bytesToHex, type Hex, type Log, type Metrics, silentTracing, type Tracing } from "@trellis/base";
import { formatTraceparent, parseTraceparent } from "@trellis/platform/tracing";
import { canonicalBytes } from "../canonical/index.ts";
import type { TreeHead } from "../log/index.ts";
import { reservesMetrics } from "../metrics.ts";
import { hashRecord, type SnapshotRecord } from "../snapshots/index.ts";
import type { Anchor, AnchorContent } from "./Anchor.ts";
import { type AnchoringOptions, type AnchoringPorts, advanceAnchor } from "./advanceAnchor.ts";

export interface RecordBytes {
  readonly record: SnapshotRecord;
  readonly bytes: Uint8Array;
}

export interface Anchoring {
  /** Durable, idempotent. @param head of a log that includes the record @throws ANCHOR_REFUSED */
  request(record: RecordBytes, head: Pick<TreeHead, "size" | "root">): Promise<Anchor>;
  find(sequence: number): Promise<Anchor | undefined>;
  /**
   * Safe for concurrent workers. @returns number of non-final anchors
   * @throws ANCHOR_CONTRADICTED, ANCHOR_REFUSED, codes of the client and the database
   */
  advance(signal?: AbortSignal): Promise<number>;
}

const OPEN_MAX = 1_000;

export function createAnchoring(
  options: AnchoringOptions,
  ports: AnchoringPorts & {
    readonly log: Log;
    readonly metrics: Metrics;
    readonly tracing?: Tracing | undefined;
  },
): Anchoring {
  const { store, log, metrics, tracing = silentTracing } = ports;
  const steps = metrics.counter(reservesMetrics.trellis_reserves_anchor_steps_total);
  const open = metrics.gauge(reservesMetrics.trellis_reserves_anchors_open);

  async function settle(anchor: Anchor, signal: AbortSignal | undefined): Promise<Anchor> {
    let current = anchor;
    while (current.state !== "final") {
      signal?.throwIfAborted();
      const next = await advanceAnchor(current, options, ports);
      if (next === undefined) return (await store.find(current.sequence)) ?? current;
      steps.add(1, { from: current.state, to: next.state });
      const { sequence, state } = next;
      const [{ hash }] = [next.attempts.at(-1) ?? { hash: undefined }];
      log.info("anchor.advanced", {
        sequence,
        from: current.state,
        state,
        transactionHash: next.inclusion?.transactionHash ?? hash,
      });
      if (current.state === "sent" && state === "sent") return next;
      current = next;
    }
    return current;
  }

  return {
    request({ record, bytes }, { size, root }) {
      const content = contentOf(record, bytes, size, bytesToHex(root));
      const context = tracing.current();
      const isTraced = context?.isSampled === true;
      return store.add(isTraced ? { ...content, traceparent: formatTraceparent(context) } : content);
    },
    find: (sequence) => store.find(sequence),
    async advance(signal) {
      const anchors = await store.open(OPEN_MAX);
      let finalCount = 0;
      for (const anchor of anchors) {
        const { sequence, traceparent } = anchor;
        const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
        const facts = { "trellis.snapshot.number": sequence };
        const { state } = await tracing.span("anchor.advance", { facts, parent }, () =>
          settle(anchor, signal),
        );
        if (state === "final") finalCount += 1;
        // The contract accepts anchors only in order.
        if (state === "pending" || state === "sent") break;
      }
      open.set(anchors.length - finalCount);
      return anchors.length - finalCount;
    },
  };
}

/** [ANCHOR-7] */
function contentOf(record: SnapshotRecord, bytes: Uint8Array, logSize: number, logRoot: Hex): AnchorContent {
  return {
    sequence: record.number,
    previousRecordHash: record.previousRecordHash,
    recordHash: hashRecord(bytes),
    totalsHash: hashTotals(record.totals),
    logSize,
    logRoot,
  };
}

export function hashTotals(totals: SnapshotRecord["totals"]): Hex {
  return bytesToHex(createHash("sha256").update(canonicalBytes(totals)).digest());
}
