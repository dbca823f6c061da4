import type { Clock } from "@trellis/base";
import { keep } from "./createWitness.ts";
import { type ContinuedLog, requireContinued } from "./requireContinued.ts";
import type { HeadSigner } from "./signers.ts";
import { signHead } from "./signHead.ts";

export interface HeadPublisher extends ContinuedLog {
  readonly signers: readonly HeadSigner[];
  readonly clock: Clock;
}

/**
 * Signs only a head that continues the last signed head.
 * @throws LOG_ROLLED_BACK; LOG_WITNESS_BEHIND when another process has signed first
 */
export async function publishHead(
  origin: string,
  { log, memory, signers, clock }: HeadPublisher,
): Promise<string> {
  const { seen, head } = await requireContinued(origin, { log, memory });
  await keep(origin, memory, seen, head);
  return signHead({ origin, ...head, timeMs: clock.nowMs() }, signers);
}
