import { type Clock, type Hex, isTrellisError, type Scheduler } from "@trellis/base";
import { clientErrors } from "../errors.ts";
import type { ChainClient, ChainReceipt } from "../evm/ChainClient.ts";
import type { BlockReference } from "../evm/ChainView.ts";
import { type FinalityRule, placeOfBlock } from "./placeOfBlock.ts";

export interface WaitOptions {
  readonly rule: FinalityRule;
  readonly pollMs: number;
  readonly timeoutMs: number;
  readonly reorganised?: (was: BlockReference) => void;
}

/** @throws TRANSACTION_REVERTED, TRANSACTION_NOT_FINAL, the client's permanent errors */
export async function waitForFinality(
  client: ChainClient,
  transactionHash: Hex,
  { rule, pollMs, timeoutMs, reorganised }: WaitOptions,
  { clock, scheduler }: { readonly clock: Clock; readonly scheduler: Scheduler },
): Promise<ChainReceipt> {
  const endMs = clock.nowMs() + timeoutMs;
  let block: BlockReference | undefined;
  for (;;) {
    const seen = await look(client, transactionHash, rule);
    if (seen !== undefined) {
      const { receipt, isFinal } = seen;
      if (block !== undefined && receipt?.block.hash !== block.hash) reorganised?.(block);
      block = receipt?.block;
      if (isFinal && !receipt.isReverted) return receipt;
      if (isFinal) throw clientErrors.TRANSACTION_REVERTED({ transactionHash, height: receipt.block.height });
    }
    if (clock.nowMs() >= endMs)
      throw clientErrors.TRANSACTION_NOT_FINAL({ transactionHash, height: block?.height, timeoutMs });
    await new Promise<void>((resolve) => scheduler.after(pollMs, resolve));
  }
}

type Seen =
  | { readonly receipt: ChainReceipt | undefined; readonly isFinal: false }
  | { readonly receipt: ChainReceipt; readonly isFinal: true };

async function look(
  client: ChainClient,
  transactionHash: Hex,
  rule: FinalityRule,
): Promise<Seen | undefined> {
  try {
    const receipt = await client.receipt(transactionHash);
    if (receipt === undefined) return { receipt, isFinal: false };
    const place = await placeOfBlock(client, receipt.block, rule);
    if (place === "reorganised") return { receipt: undefined, isFinal: false };
    return { receipt, isFinal: place === "final" };
  } catch (error) {
    if (isTrellisError(error) && error.consequence === "retry") return undefined;
    throw error;
  }
}
