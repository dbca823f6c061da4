import type { EntryDraft } from "../../generated/reservesOperations.ts";
import type { ReservesClient } from "./createReservesClient.ts";
import { reservesClientErrors } from "./errors.ts";
import type { ReservesClientPorts } from "./ReservesClientPorts.ts";
import { systemPorts } from "./systemPorts.ts";

export interface EnteredCounts {
  readonly enteredCount: number;
  /** Entries that were there already. */
  readonly replayedCount: number;
}

/** What a custodian's own systems ask of the service. */
export interface Custodian {
  /**
   * Enters entries in their order, in batches that are entered whole or not at all. After a refusal or an
   * interruption the same entries are sent again: what is there already is counted as replayed.
   */
  enter(entries: Iterable<EntryDraft> | AsyncIterable<EntryDraft>): Promise<EnteredCounts>;
  /** Freezes all balances and waits until the record is signed. @returns its number. @throws SNAPSHOT_NOT_TAKEN */
  takeSnapshot(): Promise<number>;
}

/** As many as one request takes at once with room to spare. */
const BATCH_SIZE = 5_000;
const LOOK_MS = 500;
/** What failed so often fails for a reason that waiting does not mend. */
const ATTEMPTS_MAX = 3;

/** @param client with an operator's key. @param pause waits; ms */
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
        // What one transfer moves has one reference, and is entered together.
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
          throw reservesClientErrors.SNAPSHOT_NOT_TAKEN({ job: id, state, attempts });
        }
        await pause(LOOK_MS);
      }
    },
  };
}

/** @throws SERVICE_ANSWER_INVALID */
function numberIn(output: unknown): number {
  const { value } = (output ?? {}) as { readonly value?: { readonly number?: unknown } };
  if (typeof value?.number === "number") return value.number;
  throw reservesClientErrors.SERVICE_ANSWER_INVALID({ what: "output of the snapshot's job" });
}
