import type { ProvenProposal, Signed, ValidatorIndex, Vote } from "@trellis/protocol";
import { finalityErrors } from "../errors.ts";
import type { SigningPosition } from "../slashingProtection/SigningWatermark.ts";

export type Message =
  | { readonly kind: "vote"; readonly vote: Signed<Vote> }
  | { readonly kind: "proposal"; readonly proposal: ProvenProposal };

/** At the next height, other validators are rarely beyond this round. */
const ROUNDS_MAX = 4;

export class FutureMessages {
  readonly height: number;
  readonly epoch: number;
  readonly #messages = new Map<string, Message>();

  constructor(height: number, epoch: number) {
    this.height = height;
    this.epoch = epoch;
  }

  check(message: Message): void {
    const { validator, height, round, value } = contentOf(message);
    const facts = { validator, height, round };
    if (round >= ROUNDS_MAX)
      throw finalityErrors.VOTE_UNTIMELY({ reason: "round too far from this node's", ...facts });
    const first = this.#messages.get(keyOf(message));
    if (first === undefined) return;
    const isSame = contentOf(first).value === value;
    throw finalityErrors[isSame ? "VOTE_KNOWN" : "VOTE_CONFLICTING"](facts);
  }

  add(message: Message): void {
    this.#messages.set(keyOf(message), message);
  }

  all(): Iterable<Message> {
    return this.#messages.values();
  }
}

export function roundOf(message: Message): number {
  return contentOf(message).round;
}

export function contentOf(message: Message) {
  return message.kind === "vote" ? message.vote.message : message.proposal.message;
}

function keyOf(message: Message): string {
  const { round, validator } = contentOf(message);
  return `${message.kind === "vote" ? message.vote.message.step : "propose"} ${round} ${validator}`;
}

export function signingPositionOf(
  message: Message,
): SigningPosition & { readonly validator: ValidatorIndex } {
  return { ...contentOf(message), step: message.kind === "vote" ? message.vote.message.step : "propose" };
}
