import { isTrellisError } from "@trellis/base";
import type { ChainBlock } from "@trellis/client";
import {
  advanceSlot,
  hand,
  prepareAttempt,
  requireAlive,
  type SlotLook,
  type SubmissionPorts,
  type SubmissionTerms,
  waitingOf,
  writeAndHand,
} from "./advanceSlot.ts";
import { submissionErrors } from "./errors.ts";
import { reasonOf } from "./relays.ts";
import { ATTEMPTS_MAX, isIdle, keptAttempts, type Slot, type SubmissionJob } from "./Slot.ts";
import { seenOnce } from "./seenOnce.ts";
import { warnOnce } from "./warnOnce.ts";

/** One wallet's way of bringing jobs onto a chain, each at most once. Several may share the journal. */
export interface Submitter {
  /**
   * Signs a job, writes it down and hands it over. A job that is in the journal already is not sent again.
   * @throws SUBMISSION_EXPIRED, SUBMISSION_BUSY, TRANSACTION_FEE_PAST_LIMIT, and the
   * client's codes: nothing is sent then
   */
  submit(job: SubmissionJob): Promise<Slot>;
  /**
   * Takes the next step of every open slot: follows inclusion and reorganisations, hands over again, replaces. One that
   * fails takes it at a later look, and keeps no other from its own.
   * @returns those that changed, as they are now
   */
  advance(): Promise<readonly Slot[]>;
}

export function createSubmitter(terms: SubmissionTerms, given: SubmissionPorts): Submitter {
  const ports = { ...given, log: warnOnce(given.log) };
  const { client, sender, store, log } = ports;

  async function submit(job: SubmissionJob): Promise<Slot> {
    const known = await store.findJob(job.id);
    if (known !== undefined) return known;
    const head = await requireAlive(job, client);
    const written = (await takeOver(job, head)) ?? (await begin(job));
    // Another worker was faster, with this job or with its nonce.
    const slot = written ?? (await store.findJob(job.id));
    if (slot === undefined) throw submissionErrors.SUBMISSION_BUSY({ job: job.id, reason: "another worker" });
    return slot;
  }

  /** Puts the job in the place of the first one that nobody wants any more: its nonce must be used anyway. */
  async function takeOver(job: SubmissionJob, { height }: ChainBlock): Promise<Slot | undefined> {
    const waiting = (await store.open()).filter(({ state }) => state === "sent");
    if (waiting.length === 0) return undefined;
    const nonce = await client.nextNonce(sender.address, "latest");
    const free = await firstFree(nonce);
    for (const slot of waiting) {
      const isReachable = nonce <= slot.nonce && slot.nonce < free;
      if (!isReachable || !(await isIdle(slot, height, client))) continue;
      const attempts = keptAttempts(slot).length;
      if (attempts >= ATTEMPTS_MAX) throw submissionErrors.SUBMISSION_BUSY({ job: job.id, attempts });
      const attempt = await prepareAttempt(slot.nonce, job, ports, await waitingOf(slot, ports));
      return writeAndHand(slot, attempt, ports);
    }
    return undefined;
  }

  async function begin(job: SubmissionJob): Promise<Slot | undefined> {
    const attempt = await prepareAttempt(await freeNonce(job), job, ports);
    const added = await store.add(attempt.nonce, attempt);
    if (added !== undefined) await hand(attempt, ports);
    return added;
  }

  async function freeNonce(job: SubmissionJob): Promise<number> {
    const [latest, pending] = await Promise.all([
      client.nextNonce(sender.address, "latest"),
      client.nextNonce(sender.address, "pending"),
    ]);
    const [open, nonce] = await Promise.all([store.open(), firstFree(latest)]);
    const waiting = open.filter((slot) => slot.state === "sent" && slot.nonce < nonce).length;
    if (waiting >= terms.inFlightMax)
      throw submissionErrors.SUBMISSION_BUSY({ job: job.id, waiting, inFlightMax: terms.inFlightMax });
    // What waits may be this very job, sent before a backup of the journal was restored.
    if (pending > nonce)
      throw submissionErrors.SUBMISSION_BUSY({
        reason: "not in the journal",
        job: job.id,
        pending,
        expected: nonce,
      });
    return nonce;
  }

  /**
   * The first nonce from this one on that has no slot. Slots may lie above it: a node once told a nonce that the wallet
   * had not reached. Nothing there is included before the gap is filled.
   */
  async function firstFree(from: number): Promise<number> {
    const end = ((await store.last())?.nonce ?? -1) + 1;
    let nonce = from;
    while (nonce < end && (await store.find(nonce)) !== undefined) nonce += 1;
    return nonce;
  }

  async function step(slot: Slot, look: SlotLook): Promise<Slot | undefined> {
    try {
      return await advanceSlot(slot, look, terms, ports);
    } catch (error) {
      if (!isTrellisError(error) || error.consequence === "fatal") throw error;
      log.warn("a slot does not go on", { nonce: slot.nonce, reason: reasonOf(error) });
      return undefined;
    }
  }

  return {
    submit,
    async advance() {
      const open = await store.open();
      const chain = seenOnce(client);
      const isIncluded = ({ state }: Slot) => state === "included";
      // What is included is only looked at: all at once, as many as they may be before they are final.
      const changed = await Promise.all(
        open.filter(isIncluded).map((slot) => step(slot, { chain, behind: [] })),
      );
      for (const slot of open) {
        if (isIncluded(slot)) continue;
        const behind = open.filter(({ nonce, state }) => nonce > slot.nonce && state === "sent");
        changed.push(await step(slot, { chain, behind }));
      }
      return changed.filter((slot) => slot !== undefined);
    },
  };
}
