import { type Clock, type Hex, isTrellisError } from "@trellis/base";
import {
  type ChainBlock,
  type ChainClient,
  type ChainReceipt,
  type FinalityRule,
  type PreparedTransaction,
  placeOfBlock,
  type Sender,
} from "@trellis/client";
import { RESERVES_REGISTRY_ADDRESS } from "@trellis/contracts/reserves";
import type { Anchor, AnchorChange, Attempt, Inclusion } from "./Anchor.ts";
import type { AnchorStore } from "./AnchorStore.ts";
import { anchoringErrors } from "./errors.ts";
import {
  checkRegistry,
  findMismatch,
  findPublication,
  publishCall,
  type Registry,
  readPublished,
} from "./registry.ts";

export interface AnchoringPorts {
  readonly client: ChainClient;
  readonly sender: Sender;
  readonly store: AnchorStore;
  readonly clock: Clock;
}

export interface AnchoringOptions {
  /** Default: RESERVES_REGISTRY_ADDRESS. */
  readonly registry?: Hex;
  readonly rule: FinalityRule;
  /** Age of an attempt at which its fees are raised. */
  readonly replaceAfterMs: number;
}

/**
 * Stores each attempt before sending it, so that only one of two workers sends. [ANCHOR-8 to ANCHOR-13]
 * @returns undefined if no step is possible yet
 */
export async function advanceAnchor(
  anchor: Anchor,
  options: AnchoringOptions,
  ports: AnchoringPorts,
): Promise<Anchor | undefined> {
  if (anchor.state === "pending") return begin(anchor, options, ports);
  if (anchor.state === "sent") return followAttempts(anchor, options, ports);
  if (anchor.state === "included") return followBlock(anchor, options, ports);
  throw anchoringErrors.ANCHOR_SETTLED({ sequence: anchor.sequence });
}

/** The record may already be on-chain, without a recorded attempt. */
async function begin(anchor: Anchor, options: AnchoringOptions, ports: AnchoringPorts) {
  const { client, sender } = ports;
  const registry = registryOf(options, ports);
  const head = await headOf(client);
  if (head === undefined) return undefined;
  await checkRegistry(client, registry.address, head.hash);
  const found = await findOnChain(anchor, registry, client, head);
  if (found !== undefined) return write(anchor, { ...anchor, state: "included", inclusion: found }, ports);
  const [nonce, nonceAfterWaiting] = await Promise.all([
    client.nextNonce(sender.address, "latest"),
    client.nextNonce(sender.address, "pending"),
  ]);
  // The pending transaction may anchor this record, if a backup was restored.
  if (nonceAfterWaiting > nonce) return undefined;
  const prepared = await prepare(anchor, registry, ports, { nonce });
  return sendWritten(anchor, [prepared], ports);
}

async function followAttempts(anchor: Anchor, options: AnchoringOptions, ports: AnchoringPorts) {
  const { client, sender, clock } = ports;
  const newest = anchor.attempts.at(-1)!;
  // Read first: if the nonce is used but no attempt has a receipt, another transaction used it.
  const nonce = await client.nextNonce(sender.address, "latest");
  for (const { hash: transactionHash } of anchor.attempts.toReversed()) {
    const receipt = await client.receipt(transactionHash);
    if (receipt === undefined) continue;
    const { block, isReverted } = receipt;
    const inclusion = { transactionHash, block, ...feeOf(receipt, clock) };
    if (!isReverted) return write(anchor, { ...anchor, state: "included", inclusion }, ports);
    return write(anchor, { state: "pending", attempts: [], inclusion: undefined }, ports);
  }
  if (nonce > newest.nonce)
    return write(anchor, { state: "pending", attempts: [], inclusion: undefined }, ports);
  if (clock.nowMs() - newest.preparedAtMs >= options.replaceAfterMs)
    return replace(anchor, newest, options, ports);
  // The process may have ended before sending, or mempools may have dropped the transaction.
  if (!(await client.hasTransaction(newest.hash))) await hand(newest, ports);
  return undefined;
}

function feeOf({ gasUsed, gasPriceWei, l1FeeWei = 0n }: ChainReceipt, clock: Clock): Pick<Inclusion, "fee"> {
  if (gasPriceWei === undefined) return {};
  return { fee: { wei: String(gasUsed * gasPriceWei + l1FeeWei), seenAtMs: clock.nowMs() } };
}

async function replace(anchor: Anchor, newest: Attempt, options: AnchoringOptions, ports: AnchoringPorts) {
  try {
    const prepared = await prepare(anchor, registryOf(options, ports), ports, {
      nonce: newest.nonce,
      above: newest,
    });
    return await sendWritten(anchor, [...anchor.attempts, prepared], ports);
  } catch (error) {
    // Fees cannot be raised further, but the pending attempt can still be included.
    if (!isTrellisError(error, "TRANSACTION_FEE_PAST_LIMIT")) throw error;
    await hand(newest, ports);
    return undefined;
  }
}

async function followBlock(anchor: Anchor, options: AnchoringOptions, ports: AnchoringPorts) {
  const { client } = ports;
  const inclusion = anchor.inclusion!;
  const place = await placeOfBlock(client, inclusion.block, options.rule);
  if (place === "canonical") return undefined;
  if (place === "reorganised") {
    const state = anchor.attempts.length > 0 ? "sent" : "pending";
    return write(anchor, { ...anchor, state, inclusion: undefined }, ports);
  }
  const head = await headOf(client);
  const published =
    head && (await readPublished(client, registryOf(options, ports), anchor.sequence, head.hash));
  if (published === undefined) return undefined;
  checkPublished(anchor, published);
  return write(anchor, { ...anchor, state: "final" }, ports);
}

async function sendWritten(anchor: Anchor, attempts: readonly Attempt[], ports: AnchoringPorts) {
  const written = await write(anchor, { state: "sent", attempts, inclusion: undefined }, ports);
  if (written !== undefined) await hand(attempts.at(-1)!, ports);
  return written;
}

async function hand({ raw }: Attempt, { client }: AnchoringPorts): Promise<void> {
  try {
    await client.send(raw);
  } catch (error) {
    const isExplained = ["TRANSACTION_NONCE_TAKEN", "TRANSACTION_UNDERPRICED"].some((code) =>
      isTrellisError(error, code),
    );
    if (!isExplained) throw error;
  }
}

async function prepare(
  anchor: Anchor,
  registry: Registry,
  { sender, clock }: AnchoringPorts,
  options: { readonly nonce: number; readonly above?: PreparedTransaction },
): Promise<Attempt> {
  try {
    const prepared = await sender.prepare(publishCall(registry, anchor), options);
    return { ...prepared, preparedAtMs: clock.nowMs() };
  } catch (error) {
    if (!isTrellisError(error, "TRANSACTION_WOULD_REVERT")) throw error;
    throw anchoringErrors.ANCHOR_REFUSED(
      { reason: "the registry refuses the record", sequence: anchor.sequence, data: error.facts.data },
      error,
    );
  }
}

function write(anchor: Anchor, { state, attempts, inclusion }: AnchorChange, { store }: AnchoringPorts) {
  return store.change(anchor, { state, attempts, inclusion });
}

function registryOf(
  { registry = RESERVES_REGISTRY_ADDRESS }: AnchoringOptions,
  { sender }: AnchoringPorts,
): Registry {
  return { address: registry, custodian: sender.address };
}

async function headOf(client: ChainClient): Promise<ChainBlock | undefined> {
  return client.block("latest");
}

async function findOnChain(
  anchor: Anchor,
  registry: Registry,
  client: ChainClient,
  head: { readonly hash: Hex },
): Promise<Inclusion | undefined> {
  const published = await readPublished(client, registry, anchor.sequence, head.hash);
  if (published === undefined) return undefined;
  checkPublished(anchor, published);
  const hash = await client.blockHash(published.blockHeight);
  return hash && findPublication(client, registry, anchor, { height: published.blockHeight, hash });
}

function checkPublished(anchor: Anchor, published: Parameters<typeof findMismatch>[0]): void {
  const mismatch = findMismatch(published, anchor);
  if (mismatch !== undefined)
    throw anchoringErrors.ANCHOR_CONTRADICTED({ sequence: anchor.sequence, ...mismatch });
}
