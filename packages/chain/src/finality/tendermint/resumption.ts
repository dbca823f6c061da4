import type { ValidatorIndex } from "@trellis/protocol";
import type { OwnRecord, SigningWatermark } from "../slashingProtection/SigningWatermark.ts";
import type { Message } from "./FutureMessages.ts";

interface Resumption {
  /** False if the locks of this height are lost or a later height was signed. */
  readonly mayVote: boolean;
  readonly own: OwnRecord | undefined;
}

export function resumptionAt(height: number, last: SigningWatermark | undefined): Resumption {
  if (last === undefined || last.height < height) return { mayVote: true, own: undefined };
  return {
    mayVote: last.height === height && last.own !== undefined,
    own: last.height === height ? last.own : undefined,
  };
}

/** Message signed before a restart, perhaps not sent. */
export function messageOf(
  { height, round, step, value }: SigningWatermark,
  { signature, memory, proof }: OwnRecord,
  sender: { readonly epoch: number; readonly validator: ValidatorIndex },
): Message {
  const at = { epoch: sender.epoch, height, round };
  if (step !== "propose") {
    return {
      kind: "vote",
      vote: { message: { ...at, step, value, validator: sender.validator }, signature },
    };
  }
  const validRound = memory.validValue === undefined ? -1 : memory.validRound;
  const message = { ...at, value: value!, validRound, validator: sender.validator };
  return { kind: "proposal", proposal: { message, signature, proof: validRound < 0 ? undefined : proof } };
}
