import { submissionErrors } from "../errors.ts";
import type { NonceSlot, NonceSlotAttempt, NonceSlotChange } from "../NonceSlot.ts";
import type { NonceSlotStore } from "../NonceSlotStore.ts";

export function createMemoryNonceSlotStore(): NonceSlotStore {
  const slots = new Map<number, NonceSlot>();
  const nonceOfJob = new Map<string, number>();

  function takeJobs(nonce: number, attempts: readonly NonceSlotAttempt[]): boolean {
    const jobs = attempts.flatMap(({ job }) => (job === undefined ? [] : [job.id]));
    if (jobs.some((id) => (nonceOfJob.get(id) ?? nonce) !== nonce)) return false;
    for (const id of jobs) nonceOfJob.set(id, nonce);
    return true;
  }
  const byNonce = () => [...slots.values()].sort((a, b) => a.nonce - b.nonce);

  return {
    open: async () => byNonce().filter(({ state }) => state !== "final"),
    last: async () => byNonce().at(-1),
    find: async (nonce) => slots.get(nonce),
    findJob: async (jobId) => slots.get(nonceOfJob.get(jobId) ?? -1),
    async add(nonce, attempt) {
      if (slots.has(nonce) || (attempt.job !== undefined && nonceOfJob.has(attempt.job.id))) return undefined;
      takeJobs(nonce, [attempt]);
      const slot: NonceSlot = { nonce, state: "sent", attempts: [attempt], inclusion: undefined, version: 0 };
      slots.set(nonce, slot);
      return slot;
    },
    async change(slot, { state, attempts, inclusion }: NonceSlotChange) {
      const { nonce, version } = slot;
      if (slot.state === "final") throw submissionErrors.SLOT_SETTLED({ nonce });
      if (slots.get(nonce)?.version !== version || !takeJobs(nonce, attempts)) return undefined;
      const changed: NonceSlot = { nonce, state, attempts, inclusion, version: version + 1 };
      slots.set(nonce, changed);
      return changed;
    },
  };
}
