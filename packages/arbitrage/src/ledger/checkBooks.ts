import type { Hex } from "@trellis/base";
import type { BlockReference, ChainView } from "@trellis/client";
import type { ArbitrageLedger, Asset, Movement } from "./ArbitrageLedger.ts";

export interface BookDifference {
  readonly account: Hex;
  readonly asset: Asset;
  readonly booked: bigint;
  readonly onChain: bigint | undefined;
}

type BalanceView = Pick<ChainView, "balance" | "call">;

/** [ARB-27] */
export async function checkBooks(
  ledger: Pick<ArbitrageLedger, "positions">,
  view: BalanceView,
  { chainId, block }: { readonly chainId: number; readonly block: BlockReference },
): Promise<BookDifference[]> {
  const positions = await ledger.positions(chainId, block.height);
  const compared = await Promise.all(
    positions.map(async ({ account, asset, amount }) => ({
      account,
      asset,
      booked: amount,
      onChain: await balanceOf(view, account, asset, block.hash),
    })),
  );
  return compared.filter(({ booked, onChain }) => booked !== onChain);
}

export async function openBooks(
  ledger: Pick<ArbitrageLedger, "positions" | "setMovements">,
  view: BalanceView,
  accounts: readonly { readonly account: Hex; readonly asset: Asset }[],
  {
    chainId,
    block,
    nowMs,
  }: { readonly chainId: number; readonly block: BlockReference; readonly nowMs: number },
): Promise<void> {
  const begun = new Set((await ledger.positions(chainId, Number.MAX_SAFE_INTEGER)).map(keyOf));
  for (const { account, asset } of accounts) {
    if (begun.has(keyOf({ account, asset }))) continue;
    const amount = (await balanceOf(view, account, asset, block.hash)) ?? 0n;
    const movement: Movement = {
      chainId,
      account,
      asset,
      kind: "opening",
      amount,
      reference: undefined,
      opportunityId: undefined,
      transactionHash: openingOf(account, asset),
      block,
      recordedAtMs: nowMs,
    };
    await ledger.setMovements(chainId, [movement.transactionHash], [movement], nowMs);
  }
}

function keyOf({ account, asset }: { readonly account: Hex; readonly asset: Asset }): string {
  return `${account} ${asset}`;
}

/** Placeholder hash; deterministic, so that repeated openings change nothing. */
function openingOf(account: Hex, asset: Asset): Hex {
  return `0x${account.slice(2)}${asset === "coin" ? "" : asset.slice(2)}`;
}

export async function balanceOf(
  view: BalanceView,
  account: Hex,
  asset: Asset,
  blockHash: Hex,
): Promise<bigint | undefined> {
  if (asset === "coin") return view.balance(account, blockHash);
  const data: Hex = `0x70a08231${account.slice(2).padStart(64, "0")}`;
  const answer = await view.call(asset, data, blockHash);
  return answer === undefined || answer.length !== 66 ? undefined : BigInt(answer);
}
