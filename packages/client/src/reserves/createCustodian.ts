import type { EntryDraft } from "../../generated/reservesOperations.ts";
import type { ReservesClient } from "./createReservesClient.ts";
import { reservesClientErrors } from "./errors.ts";
import type { ReservesClientPorts } from "./ReservesClientPorts.ts";
import { systemPorts } from "./systemPorts.ts";

export interface EnteredCounts {
  readonly enteredCount: number;
  readonly replayedCount: number;
}

export interface Custodian {
  /** Posts entries in order, in atomic batches. Counts existing entries as replayed. */
  enter(entries: Iterable<EntryDraft> | AsyncIterable<EntryDraft>): Promise<EnteredCounts>;
  /** Waits until the snapshot's record is signed. @returns snapshot number @throws SERVICE_REFUSED */
  takeSnapshot(): Promise<number>;
}

const BATCH_SIZE = 5_000;
const LOOK_MS = 500;
const ATTEMPTS_MAX = 3;

/** @param client authenticates with an operator's key */
export function createCustodian(
  client: ReservesClient,
  pause: ReservesClientPorts["pause"] = systemPorts.pause,
): Custodian {
  return {
    async enter(entries) {
      const counts = { enteredCount: 0, replayedCount: 0 };
      let batch: EntryDraft[] = [];
      const flush = async (): Promise<void> => {
        if (batch.length === 0) return;
        const answer = await client.call("enterEntries", { body: { entries: batch } });
        counts.enteredCount += answer.enteredCount;
        counts.replayedCount += answer.replayedCount;
        batch = [];
      };
      for await (const entry of entries) {
        // Entries of a transfer share a reference and must share a batch.
        if (batch.length >= BATCH_SIZE && batch.at(-1)?.reference !== entry.reference) await flush();
        batch.push(entry);
      }
      await flush();
      return counts;
    },
    async takeSnapshot() {
      const { kind, id } = await client.call("takeSnapshot", { body: {} });
      for (;;) {
        const { state, attempts, output } = await client.call("getJob", { kind, jobId: id });
        if (state === "done") return numberIn(output);
        const isLost = state === "waiting" && attempts >= ATTEMPTS_MAX;
        if (isLost || state === "dead" || state === "cancelled") {
          throw reservesClientErrors.SERVICE_REFUSED({
            reason: "job ended without a snapshot",
            job: id,
            state,
            attempts,
          });
        }
        await pause(LOOK_MS);
      }
    },
  };
}

function numberIn(output: unknown): number {
  const { value } = (output ?? {}) as { readonly value?: { readonly number?: unknown } };
  if (typeof value?.number === "number") return value.number;
  throw reservesClientErrors.SERVICE_REFUSED({
    reason: "invalid response",
    what: "output of the snapshot's job",
  });
}
