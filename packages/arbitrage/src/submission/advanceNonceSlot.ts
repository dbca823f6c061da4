import { type Clock, isTrellisError, type Log, type TrellisError } from "@trellis/base";
import {
  type ChainBlock,
  type ChainClient,
  type FinalityRule,
  finalHeightOf,
  type PreparedTransaction,
  placeOfBlock,
  type Sender,
} from "@trellis/client";
import { signerErrors } from "../signer/errors.ts";
import type { CachedChain } from "./cachedChain.ts";
import { submissionErrors } from "./errors.ts";
import {
  ATTEMPTS_MAX,
  isExpired,
  isIdle,
  keptAttempts,
  type NonceSlot,
  type NonceSlotAttempt,
  type NonceSlotChange,
  newestOf,
  type SubmissionJob,
} from "./NonceSlot.ts";
import type { NonceSlotStore } from "./NonceSlotStore.ts";
import { type Relay, reasonOf } from "./relays.ts";

export interface SubmissionPorts {
  readonly client: ChainClient;
  /** Whose signatures may be refused with the codes of a signer: then nothing new is sent. [SIGN-6] */
  readonly sender: Sender;
  readonly relay: Relay;
  readonly store: NonceSlotStore;
  readonly clock: Clock;
  /** Told what keeps a slot from going on. */
  readonly log: Pick<Log, "warn">;
}

export interface SubmissionTerms {
  readonly rule: FinalityRule;
  /** A transaction that waits longer than this is replaced by one with higher fees. */
  readonly replaceAfterMs: number;
  /** Nonces that may be on their way at a time. */
  readonly inFlightMax: number;
}

export interface NonceSlotContext {
  readonly chain: CachedChain;
  /** Slots of further nonces of the wallet that are sent. */
  readonly laterSlots: readonly NonceSlot[];
}

/** What a transaction of a transfer of nothing uses. */
const TRANSFER_GAS = 21_000n;

/**
 * The next step of one slot that is open. What it decides is written before anything is sent; of two workers that
 * decide at once, one writes, and the other sends nothing. [ARB-18 to ARB-20]
 * @returns the slot as it is afterwards; undefined while there is nothing to do but wait
 */
export function advanceNonceSlot(
  slot: NonceSlot,
  context: NonceSlotContext,
  terms: SubmissionTerms,
  ports: SubmissionPorts,
): Promise<NonceSlot | undefined> {
  return slot.state === "included"
    ? followBlock(slot, context, terms, ports)
    : followAttempts(slot, context, terms, ports);
}

async function followAttempts(
  slot: NonceSlot,
  context: NonceSlotContext,
  terms: SubmissionTerms,
  ports: SubmissionPorts,
) {
  const { client, sender, clock } = ports;
  const { chain } = context;
  const head = await chain.block("latest");
  if (head === undefined) return undefined;
  // After the head: a nonce that is not used was not up to it, so that no attempt has a receipt. Before the receipts:
  // if it is used and none has one, something else used it.
  const nonce = await chain.nextNonce(sender.address, "latest");
  const included = nonce > slot.nonce ? await findIncluded(slot, client) : undefined;
  if (included !== undefined) return write(slot, { ...slot, state: "included", inclusion: included }, ports);
  const newest = newestOf(slot);
  const isLate = clock.nowMs() - newest.preparedAtMs >= terms.replaceAfterMs;
  // Settled when that is final: a reorganisation would leave a gap that nobody fills.
  if (nonce > slot.nonce) return finalizeIfNonceUsed(slot, context, terms, ports);
  const passed = await markExpired(slot, head.height, context, terms, ports);
  if (passed !== undefined) return passed;
  if (!(await isIdle(slot, head.height, chain))) return pursue(slot, isLate, newest.job, ports);
  // Nobody wants it any more. Where it waits it may be included, and where others need it, its nonce must be used.
  const waiting = await findPending(slot, ports);
  if (waiting === undefined && !(await isNeeded(context, head.height, ports))) return undefined;
  if (newest.job === undefined && !isLate) return pursue(slot, isLate, undefined, ports);
  return isLate || waiting === undefined ? replace(slot, undefined, ports) : undefined;
}

/** Whether something behind a nonce can do nothing before that is used: a job that lives, or what waits in a pool. */
async function isNeeded(
  { chain, laterSlots }: NonceSlotContext,
  headHeight: number,
  ports: SubmissionPorts,
): Promise<boolean> {
  for (const slot of laterSlots) {
    if (!(await isIdle(slot, headHeight, chain))) return true;
    if ((await findPending(slot, ports)) !== undefined) return true;
  }
  return false;
}

/**
 * The newest of the slot's transactions that waits in a public pool, which takes another of the nonce only for higher
 * fees. Private relays drop what they lost, and whatever they hold asks nothing of the next.
 */
export async function findPending(
  { attempts }: NonceSlot,
  { relay, client }: SubmissionPorts,
): Promise<NonceSlotAttempt | undefined> {
  if (!relay.isPublic) return undefined;
  for (const attempt of attempts.toReversed()) if (await client.hasTransaction(attempt.hash)) return attempt;
  return undefined;
}

async function finalizeIfNonceUsed(
  slot: NonceSlot,
  { chain }: NonceSlotContext,
  { rule }: SubmissionTerms,
  ports: SubmissionPorts,
) {
  const finalHeight = await finalHeightOf(chain, rule);
  if (finalHeight < 0 || (await chain.nextNonce(ports.sender.address, finalHeight)) <= slot.nonce)
    return undefined;
  return write(slot, { ...slot, state: "final", inclusion: undefined }, ports);
}

/**
 * What waits where nothing includes it, above a gap in the nonces or at relays alone, would be open forever: of a job
 * that nothing can execute any more that is written down. Its slot stays to be filled.
 * @param headHeight up to which the wallet has not used the nonce, and no attempt is included
 */
async function markExpired(
  slot: NonceSlot,
  headHeight: number,
  { chain }: NonceSlotContext,
  { rule }: SubmissionTerms,
  ports: SubmissionPorts,
): Promise<NonceSlot | undefined> {
  const isOver = ({ job, isPassed }: NonceSlotAttempt, height: number): boolean =>
    job !== undefined && isPassed !== true && job.lastBlock <= height;
  if (!slot.attempts.some((attempt) => isOver(attempt, headHeight))) return undefined;
  const height = Math.min(headHeight, await finalHeightOf(chain, rule));
  if (!slot.attempts.some((attempt) => isOver(attempt, height))) return undefined;
  const mark = (attempt: NonceSlotAttempt): NonceSlotAttempt =>
    isOver(attempt, height) ? { ...attempt, isPassed: true } : attempt;
  const [first, ...rest] = slot.attempts;
  return write(slot, { ...slot, attempts: [mark(first), ...rest.map(mark)] }, ports);
}

async function findIncluded({ attempts }: NonceSlot, client: ChainClient) {
  for (const { hash } of attempts.toReversed()) {
    const receipt = await client.receipt(hash);
    if (receipt === undefined) continue;
    const { block, isReverted, gasUsed, gasPriceWei, l1FeeWei } = receipt;
    return {
      transactionHash: hash,
      block,
      isReverted,
      gasUsed,
      ...(gasPriceWei !== undefined && { gasPriceWei }),
      ...(l1FeeWei !== undefined && { l1FeeWei }),
    };
  }
  return undefined;
}

/** Raises the fees of what waits too long; hands over again what pools forgot, or what was never handed over. */
async function pursue(
  slot: NonceSlot,
  isLate: boolean,
  job: SubmissionJob | undefined,
  ports: SubmissionPorts,
) {
  if (isLate) return replace(slot, job, ports);
  const newest = newestOf(slot);
  if (!(await ports.client.hasTransaction(newest.hash))) await rebroadcast(newest, ports);
  return undefined;
}

async function replace(slot: NonceSlot, job: SubmissionJob | undefined, ports: SubmissionPorts) {
  const newest = newestOf(slot);
  const isSame = newest.job?.id === job?.id;
  if (keptAttempts(slot).length >= ATTEMPTS_MAX) {
    if (isSame) await rebroadcast(newest, ports);
    return undefined;
  }
  try {
    const above = isSame ? newest : await findPending(slot, ports);
    const attempt = await prepareAttempt(slot.nonce, job, ports, above);
    return await recordAndBroadcast(slot, attempt, ports);
  } catch (error) {
    // It died while it was signed: a later look finds that.
    if (isTrellisError(error, "SUBMISSION_EXPIRED")) return undefined;
    // Dearer than admitted, or nobody signs now: the one that waits still may be included. A dead job must not be.
    if (!isTrellisError(error) || !isWithoutSignature(error)) throw error;
    if (isSame) await rebroadcast(newest, ports);
    return undefined;
  }
}

function isWithoutSignature({ code }: TrellisError): boolean {
  return code === "TRANSACTION_FEE_PAST_LIMIT" || Object.hasOwn(signerErrors.table, code);
}

async function followBlock(
  slot: NonceSlot,
  { chain }: NonceSlotContext,
  { rule }: SubmissionTerms,
  ports: SubmissionPorts,
) {
  const { inclusion } = slot;
  if (inclusion === undefined) return write(slot, { ...slot, state: "sent" }, ports);
  const place = await placeOfBlock(chain, inclusion.block, rule);
  if (place === "canonical") return undefined;
  if (place === "final") return write(slot, { ...slot, state: "final" }, ports);
  // All is open again, also what had passed before it was included.
  const [first, ...rest] = slot.attempts;
  const attempts = [unmarked(first), ...rest.map(unmarked)] as const;
  return write(slot, { state: "sent", attempts, inclusion: undefined }, ports);
}

function unmarked({ isPassed: _, ...attempt }: NonceSlotAttempt): NonceSlotAttempt {
  return attempt;
}

/** @returns the head @throws SUBMISSION_EXPIRED where no block after it can execute the job */
export async function requireExecutable(job: SubmissionJob, client: ChainClient): Promise<ChainBlock> {
  const { id, lastBlock, anchor } = job;
  const head = await client.block("latest");
  if (head === undefined || (await isExpired(job, head.height, client)))
    throw submissionErrors.SUBMISSION_EXPIRED({
      job: id,
      lastBlock,
      anchor: anchor?.hash,
      height: head?.height,
    });
  return head;
}

/**
 * Signs, and sends nothing. A transaction without a job sends nothing to the wallet itself.
 * @throws SUBMISSION_EXPIRED where the job died while it was signed
 */
export async function prepareAttempt(
  nonce: number,
  job: SubmissionJob | undefined,
  { sender, clock, client }: SubmissionPorts,
  above?: PreparedTransaction,
): Promise<NonceSlotAttempt> {
  const call = job?.call ?? { to: sender.address, data: "0x" };
  const prepared = await sender.prepare(call, {
    nonce,
    gasLimit: job?.gasLimit ?? TRANSFER_GAS,
    ...(above !== undefined && { above }),
    ...(job?.tipWei !== undefined && { tipWei: job.tipWei }),
    ...(job?.feeLimitWei !== undefined && { feeLimitWei: job.feeLimitWei }),
  });
  if (job !== undefined) await requireExecutable(job, client);
  return { ...prepared, job, preparedAtMs: clock.nowMs() };
}

/** Writes down, then hands over; what another worker wrote meanwhile wins, and nothing is sent. */
export async function recordAndBroadcast(slot: NonceSlot, attempt: NonceSlotAttempt, ports: SubmissionPorts) {
  const [first, ...rest] = [...keptAttempts(slot), attempt];
  const change: NonceSlotChange = {
    state: "sent",
    attempts: [first ?? attempt, ...rest],
    inclusion: undefined,
  };
  const written = await write(slot, change, ports);
  if (written !== undefined) await broadcast(attempt, ports);
  return written;
}

/** The chain may have gone on since the look at the slots began: a job that died since then is not sent. */
async function rebroadcast(attempt: NonceSlotAttempt, ports: SubmissionPorts): Promise<void> {
  try {
    if (attempt.job !== undefined) await requireExecutable(attempt.job, ports.client);
  } catch (error) {
    if (isTrellisError(error, "SUBMISSION_EXPIRED")) return;
    throw error;
  }
  await broadcast(attempt, ports);
}

/** What does not arrive, or is refused, is handed over again by a later look. */
export async function broadcast(
  { raw, nonce, job }: NonceSlotAttempt,
  { relay, log }: Pick<SubmissionPorts, "relay" | "log">,
): Promise<void> {
  try {
    await relay.send(raw, job?.lastBlock);
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    // The next look finds what these mean, and a relay has told of its own refusal.
    if (error.consequence === "retry" || EXPLAINED.has(error.code)) return;
    if (error.code !== "NODE_REFUSED") throw error;
    log.warn("a node refuses a transaction", { nonce, reason: reasonOf(error) });
  }
}

const EXPLAINED: ReadonlySet<string> = new Set(["TRANSACTION_NONCE_TAKEN", "TRANSACTION_UNDERPRICED"]);

function write(slot: NonceSlot, { state, attempts, inclusion }: NonceSlotChange, { store }: SubmissionPorts) {
  return store.change(slot, { state, attempts, inclusion });
}
