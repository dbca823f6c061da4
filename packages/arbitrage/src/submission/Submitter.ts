import { isTrellisError } from "@trellis/base";
import type { ChainBlock } from "@trellis/client";
import {
  advanceNonceSlot,
  broadcast,
  findPending,
  type NonceSlotContext,
  prepareAttempt,
  recordAndBroadcast,
  requireExecutable,
  type SubmissionOptions,
  type SubmissionPorts,
} from "./advanceNonceSlot.ts";
import { cachedChain } from "./cachedChain.ts";
import { submissionErrors } from "./errors.ts";
import { ATTEMPTS_MAX, isIdle, keptAttempts, type NonceSlot, type SubmissionJob } from "./NonceSlot.ts";
import { reasonOf } from "./relays.ts";
import { warnOnce } from "./warnOnce.ts";

export class Submitter {
  readonly #options: SubmissionOptions;
  readonly #ports: SubmissionPorts;

  constructor(options: SubmissionOptions, ports: SubmissionPorts) {
    this.#options = options;
    this.#ports = { ...ports, log: warnOnce(ports.log) };
  }

  /**
   * Idempotent.
   * @throws SUBMISSION_EXPIRED, SUBMISSION_BUSY, TRANSACTION_FEE_PAST_LIMIT, and client errors, without sending
   */
  async submit(job: SubmissionJob): Promise<NonceSlot> {
    const { client, store } = this.#ports;
    const known = await store.findJob(job.id);
    if (known !== undefined) return known;
    const head = await requireExecutable(job, client);
    const written = (await this.#reuseNonce(job, head)) ?? (await this.#begin(job));
    const slot = written ?? (await store.findJob(job.id));
    if (slot === undefined) throw submissionErrors.SUBMISSION_BUSY({ job: job.id, reason: "another worker" });
    return slot;
  }

  /** Failed slots are retried at the next call. @returns changed slots */
  async advance(): Promise<readonly NonceSlot[]> {
    const { client, store } = this.#ports;
    const open = await store.open();
    const chain = cachedChain(client);
    const isIncluded = ({ state }: NonceSlot) => state === "included";
    const changed = await Promise.all(
      open.filter(isIncluded).map((slot) => this.#step(slot, { chain, laterSlots: [] })),
    );
    for (const slot of open) {
      if (isIncluded(slot)) continue;
      const laterSlots = open.filter(({ nonce, state }) => nonce > slot.nonce && state === "sent");
      changed.push(await this.#step(slot, { chain, laterSlots }));
    }
    return changed.filter((slot) => slot !== undefined);
  }

  /** True if all trades are final, or expired without a pending transaction. @param lastNonce ignores later slots */
  async isSettled(lastNonce = Number.MAX_SAFE_INTEGER): Promise<boolean> {
    const { client, sender, store } = this.#ports;
    const open = (await store.open()).filter(({ nonce }) => nonce <= lastNonce);
    if (open.length === 0) return true;
    const nextNonce = await client.nextNonce(sender.address, "latest");
    for (const slot of open) {
      const isOver = slot.attempts.every(({ job, isPassed }) => job === undefined || isPassed === true);
      if (slot.state === "included" || !isOver) return false;
      // Later transactions cannot execute before this nonce is used.
      if (slot.nonce <= nextNonce && (await findPending(slot, this.#ports)) !== undefined) return false;
    }
    return true;
  }

  /** An expired job's nonce must be used anyway. */
  async #reuseNonce(job: SubmissionJob, { height }: ChainBlock): Promise<NonceSlot | undefined> {
    const { client, sender, store } = this.#ports;
    const waiting = (await store.open()).filter(({ state }) => state === "sent");
    if (waiting.length === 0) return undefined;
    const nonce = await client.nextNonce(sender.address, "latest");
    const free = await this.#firstFreeNonce(nonce);
    for (const slot of waiting) {
      const isReachable = nonce <= slot.nonce && slot.nonce < free;
      if (!isReachable || !(await isIdle(slot, height, client))) continue;
      const attempts = keptAttempts(slot).length;
      if (attempts >= ATTEMPTS_MAX) throw submissionErrors.SUBMISSION_BUSY({ job: job.id, attempts });
      const attempt = await prepareAttempt(
        slot.nonce,
        job,
        this.#ports,
        await findPending(slot, this.#ports),
      );
      return recordAndBroadcast(slot, attempt, this.#ports);
    }
    return undefined;
  }

  async #begin(job: SubmissionJob): Promise<NonceSlot | undefined> {
    const attempt = await prepareAttempt(await this.#freeNonce(job), job, this.#ports);
    const added = await this.#ports.store.add(attempt.nonce, attempt);
    if (added !== undefined) await broadcast(attempt, this.#ports);
    return added;
  }

  async #freeNonce(job: SubmissionJob): Promise<number> {
    const { client, sender, store } = this.#ports;
    const [latest, pending] = await Promise.all([
      client.nextNonce(sender.address, "latest"),
      client.nextNonce(sender.address, "pending"),
    ]);
    const [open, nonce] = await Promise.all([store.open(), this.#firstFreeNonce(latest)]);
    const waiting = open.filter((slot) => slot.state === "sent" && slot.nonce < nonce).length;
    if (waiting >= this.#options.inFlightMax)
      throw submissionErrors.SUBMISSION_BUSY({
        job: job.id,
        waiting,
        inFlightMax: this.#options.inFlightMax,
      });
    // This job's transaction may be pending, sent before the journal was restored.
    if (pending > nonce)
      throw submissionErrors.SUBMISSION_BUSY({
        reason: "not in the journal",
        job: job.id,
        pending,
        expected: nonce,
      });
    return nonce;
  }

  async #firstFreeNonce(from: number): Promise<number> {
    const { store } = this.#ports;
    const end = ((await store.last())?.nonce ?? -1) + 1;
    let nonce = from;
    while (nonce < end && (await store.find(nonce)) !== undefined) nonce += 1;
    return nonce;
  }

  async #step(slot: NonceSlot, context: NonceSlotContext): Promise<NonceSlot | undefined> {
    try {
      return await advanceNonceSlot(slot, context, this.#options, this.#ports);
    } catch (error) {
      if (!isTrellisError(error) || error.consequence === "fatal") throw error;
      this.#ports.log.warn("nonceSlot.stalled", { nonce: slot.nonce, reason: reasonOf(error) });
      return undefined;
    }
  }
}
