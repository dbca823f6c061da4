import type { ValidatorIndex } from "@trellis/protocol";
import type { ProtectedSigner } from "../slashingProtection/ProtectedSigner.ts";
import {
  compareHeights,
  type Memory,
  type OwnRecord,
  type SigningWatermark,
} from "../slashingProtection/SigningWatermark.ts";
import type { Message } from "./FutureMessages.ts";

interface Resumption {
  /** False if the locks of this height are lost or a later height was signed. */
  readonly mayVote: boolean;
  readonly own: OwnRecord | undefined;
  readonly memory: Memory | undefined;
}

type Signer = Pick<ProtectedSigner, "last" | "isOutdated" | "firstRound">;

/** @param epoch whose set votes */
export function resumptionAt(height: number, signer: Signer | undefined, epoch?: number): Resumption {
  const last = signer?.last;
  const order = last === undefined ? 1 : compareHeights({ height, epoch }, last);
  const own = order === 0 ? last?.own : undefined;
  const first = signer?.firstRound(height) ?? 0;
  const isBound = order > 0 || own !== undefined || (first > 0 && order === 0);
  const memory = own?.memory;
  return {
    mayVote: isBound && signer?.isOutdated !== true,
    own,
    memory: (memory?.round ?? 0) < first ? { ...(memory ?? UNLOCKED), ...roundBegin(first) } : memory,
  };
}

const UNLOCKED = { lockedRound: -1, lockedValue: undefined, validRound: -1, validValue: undefined };

function roundBegin(round: number): Pick<Memory, "round" | "step" | "hasProposed"> {
  return { round, step: "propose", hasProposed: false };
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
