import type { Clock, Hex } from "@trellis/base";
import type { ChainClient } from "@trellis/client";
import type { Route } from "@trellis/contracts/arbitrage";
import { type NonceSlot, type NonceSlotInclusion, outcomeOf } from "../submission/index.ts";
import type { ArbitrageLedger, Asset, ExecutionRecord, Fill, Movement } from "./ArbitrageLedger.ts";
import { gasWeiOf, priceOf } from "./gasWeiOf.ts";
import { readFills } from "./readFills.ts";
import { TRANSFER, topicOf } from "./tokenLogs.ts";

export interface BookKeeping {
  readonly chainId: number;
  readonly wallet: Hex;
  readonly arbitrageur: Hex;
  readonly owner: Hex;
}

export interface BookPorts {
  readonly ledger: ArbitrageLedger;
  readonly client: Pick<ChainClient, "logs">;
  readonly clock: Clock;
  readonly worthOf: (asset: Asset, amount: bigint) => bigint | undefined;
}

/**
 * Call after each change of a slot; reverses bookings of reorganised blocks. [ARB-26]
 * @throws LEDGER_DATA_MISSING, and error codes of the node client
 */
export async function bookNonceSlot(
  slot: NonceSlot,
  keeping: BookKeeping,
  ports: BookPorts,
): Promise<readonly Fill[]> {
  const { ledger, clock } = ports;
  const nowMs = clock.nowMs();
  const included = slot.attempts.find(({ hash }) => hash === slot.inclusion?.transactionHash);
  const opportunityId = included?.job?.id;
  const opportunity = opportunityId === undefined ? undefined : await ledger.opportunity(opportunityId);
  const movements: Movement[] = [];
  let fills: readonly Fill[] = [];
  if (slot.inclusion !== undefined) {
    movements.push(gasOf(slot.inclusion, keeping, opportunityId, ports));
    if (opportunity !== undefined && !slot.inclusion.isReverted) {
      const { id, route } = opportunity;
      movements.push(...(await profitOf(slot.inclusion, route, keeping, id, ports)));
      fills = await readFills(ports.client, slot.inclusion, route);
    }
  }
  const { chainId, wallet } = keeping;
  const { nonce, version, attempts } = slot;
  const jobIds = new Set(attempts.flatMap(({ job }) => (job === undefined ? [] : [job.id])));
  await ledger.setSlot(
    {
      chainId,
      wallet,
      nonce,
      version,
      movements,
      transactionHashes: attempts.map(({ hash }) => hash),
      executions: [...jobIds].map((id) => ({
        opportunityId: id,
        execution: executionOf(id, slot, wallet, nowMs),
        fills: id === opportunityId ? fills : [],
      })),
    },
    nowMs,
  );
  return fills;
}

function executionOf(id: string, slot: NonceSlot, wallet: Hex, changedAtMs: number): ExecutionRecord {
  const outcome = outcomeOf(slot, id);
  const isIncluded = outcome === "executed" || outcome === "reverted";
  const { nonce, inclusion } = slot;
  return {
    wallet,
    nonce,
    outcome,
    changedAtMs,
    inclusion:
      isIncluded && inclusion !== undefined ? { ...inclusion, gasPriceWei: priceOf(inclusion) } : undefined,
  };
}

function gasOf(
  inclusion: NonceSlotInclusion,
  { chainId, wallet }: BookKeeping,
  opportunityId: string | undefined,
  { worthOf, clock }: BookPorts,
): Movement {
  const amount = -gasWeiOf({ ...inclusion, gasPriceWei: priceOf(inclusion) });
  return {
    chainId,
    account: wallet,
    asset: "coin",
    kind: "gas",
    amount,
    reference: worthOf("coin", amount),
    opportunityId,
    transactionHash: inclusion.transactionHash,
    block: inclusion.block,
    recordedAtMs: clock.nowMs(),
  };
}

async function profitOf(
  inclusion: NonceSlotInclusion,
  { hops, lender }: Route,
  keeping: BookKeeping,
  opportunityId: string,
  ports: BookPorts,
): Promise<Movement[]> {
  const [asset, lent] = [hops[0]?.tokenIn, hops[lender?.place ?? 0]?.tokenIn];
  if (asset === undefined) return [];
  const profit = await receivedOf(asset, inclusion, keeping, opportunityId, ports);
  if (lent === undefined || lent === asset || ports.worthOf(lent, 1n) === undefined) return [profit];
  const rest = await receivedOf(lent, inclusion, keeping, opportunityId, ports);
  return rest.amount === 0n ? [profit] : [profit, rest];
}

async function receivedOf(
  asset: Hex,
  { transactionHash, block }: NonceSlotInclusion,
  { chainId, arbitrageur, owner }: BookKeeping,
  opportunityId: string,
  { client, worthOf, clock }: BookPorts,
): Promise<Movement> {
  const logs = await client.logs({
    address: asset,
    topics: [TRANSFER, topicOf(arbitrageur), topicOf(owner)],
    fromHeight: block.height,
    toHeight: block.height,
  });
  const ours = logs.filter((log) => log.transactionHash === transactionHash && log.block.hash === block.hash);
  const amount = ours.reduce((sum, { data }) => sum + BigInt(data), 0n);
  const reference = worthOf(asset, amount);
  const movement: Omit<Movement, "amount" | "reference"> = {
    chainId,
    account: owner,
    asset,
    kind: "profit",
    opportunityId,
    transactionHash,
    block,
    recordedAtMs: clock.nowMs(),
  };
  return { ...movement, amount, reference };
}
