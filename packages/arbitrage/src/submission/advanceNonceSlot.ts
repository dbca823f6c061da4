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
import { signerErrors } from "@trellis/platform/keys";
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
  /** A signer's refusal stops new transactions. [SIGN-6] */
  readonly sender: Sender;
  readonly relay: Relay;
  readonly store: NonceSlotStore;
  readonly clock: Clock;
  readonly log: Pick<Log, "warn">;
}

export interface SubmissionOptions {
  readonly rule: FinalityRule;
  /** Age at which fees are raised. */
  readonly replaceAfterMs: number;
  readonly inFlightMax: number;
}

export interface NonceSlotContext {
  readonly chain: CachedChain;
  readonly laterSlots: readonly NonceSlot[];
}

const TRANSFER_GAS = 21_000n;

/**
 * Records decisions before broadcast; of concurrent workers only one records and sends. [ARB-18 to ARB-20]
 * @returns undefined if the slot must wait
 */
export function advanceNonceSlot(
  slot: NonceSlot,
  context: NonceSlotContext,
  options: SubmissionOptions,
  ports: SubmissionPorts,
): Promise<NonceSlot | undefined> {
  return slot.state === "included"
    ? followBlock(slot, context, options, ports)
    : followAttempts(slot, context, options, ports);
}

async function followAttempts(
  slot: NonceSlot,
  context: NonceSlotContext,
  options: SubmissionOptions,
  ports: SubmissionPorts,
) {
  const { client, sender, clock } = ports;
  const { chain } = context;
  const head = await chain.block("latest");
  if (head === undefined) return undefined;
  // Read after the head: if the nonce is unused, no attempt is included up to the head. Read before receipts:
  // if the nonce is used and no attempt has a receipt, another transaction used it.
  const nonce = await chain.nextNonce(sender.address, "latest");
  const included = nonce > slot.nonce ? await findIncluded(slot, client) : undefined;
  if (included !== undefined) return write(slot, { ...slot, state: "included", inclusion: included }, ports);
  const newest = newestOf(slot);
  const isLate = clock.nowMs() - newest.preparedAtMs >= options.replaceAfterMs;
  // Until finality, a reorganisation could free the nonce.
  if (nonce > slot.nonce) return finalizeIfNonceUsed(slot, context, options, ports);
  const passed = await markExpired(slot, head.height, context, options, ports);
  if (passed !== undefined) return passed;
  if (!(await isIdle(slot, head.height, chain))) return pursue(slot, isLate, newest.job, ports);
  // The nonce of an expired job is used only if a transaction is pending or later slots need it.
  const waiting = await findPending(slot, ports);
  if (waiting === undefined && !(await isNeeded(context, head.height, ports))) return undefined;
  if (newest.job === undefined && !isLate) return pursue(slot, isLate, undefined, ports);
  return isLate || waiting === undefined ? replace(slot, undefined, ports) : undefined;
}

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

/** Undefined with private relays, where replacements need no higher fees. */
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
  { rule }: SubmissionOptions,
  ports: SubmissionPorts,
) {
  const finalHeight = await finalHeightOf(chain, rule);
  if (finalHeight < 0 || (await chain.nextNonce(ports.sender.address, finalHeight)) <= slot.nonce)
    return undefined;
  return write(slot, { ...slot, state: "final", inclusion: undefined }, ports);
}

/**
 * Marks attempts whose job's last block is final. The nonce must still be used.
 * @param headHeight height at which the nonce is unused
 */
async function markExpired(
  slot: NonceSlot,
  headHeight: number,
  { chain }: NonceSlotContext,
  { rule }: SubmissionOptions,
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
    if (isTrellisError(error, "SUBMISSION_EXPIRED")) return undefined;
    // The pending attempt may still be included.
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
  { rule }: SubmissionOptions,
  ports: SubmissionPorts,
) {
  const { inclusion } = slot;
  if (inclusion === undefined) return write(slot, { ...slot, state: "sent" }, ports);
  const place = await placeOfBlock(chain, inclusion.block, rule);
  if (place === "canonical") return undefined;
  if (place === "final") return write(slot, { ...slot, state: "final" }, ports);
  const [first, ...rest] = slot.attempts;
  const attempts = [unmarked(first), ...rest.map(unmarked)] as const;
  return write(slot, { state: "sent", attempts, inclusion: undefined }, ports);
}

function unmarked({ isPassed: _, ...attempt }: NonceSlotAttempt): NonceSlotAttempt {
  return attempt;
}

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
 * Without a job, prepares a self-transfer of 0.
 * @throws SUBMISSION_EXPIRED if the job expired during signing
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

async function rebroadcast(attempt: NonceSlotAttempt, ports: SubmissionPorts): Promise<void> {
  try {
    if (attempt.job !== undefined) await requireExecutable(attempt.job, ports.client);
  } catch (error) {
    if (isTrellisError(error, "SUBMISSION_EXPIRED")) return;
    throw error;
  }
  await broadcast(attempt, ports);
}

export async function broadcast(
  { raw, nonce, job }: NonceSlotAttempt,
  { relay, log }: Pick<SubmissionPorts, "relay" | "log">,
): Promise<void> {
  try {
    await relay.send(raw, job?.lastBlock);
  } catch (error) {
    if (!isTrellisError(error)) throw error;
    if (error.consequence === "retry" || EXPLAINED.has(error.code)) return;
    if (error.code !== "NODE_REFUSED") throw error;
    log.warn("transaction.refused", { nonce, reason: reasonOf(error) });
  }
}

const EXPLAINED: ReadonlySet<string> = new Set(["TRANSACTION_NONCE_TAKEN", "TRANSACTION_UNDERPRICED"]);

function write(slot: NonceSlot, { state, attempts, inclusion }: NonceSlotChange, { store }: SubmissionPorts) {
  return store.change(slot, { state, attempts, inclusion });
}
