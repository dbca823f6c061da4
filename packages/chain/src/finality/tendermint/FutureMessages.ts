import type { ProvenProposal, Signed, ValidatorIndex, Vote } from "@trellis/protocol";
import { finalityErrors } from "../errors.ts";
import type { SigningPosition } from "../slashingProtection/SigningWatermark.ts";

/** What validators say to each other. */
export type Message =
  | { readonly kind: "vote"; readonly vote: Signed<Vote> }
  | { readonly kind: "proposal"; readonly proposal: ProvenProposal };

/** Who waits for a height hears of its first rounds: others are some messages ahead, not some rounds. */
const ROUNDS_MAX = 4;

/**
 * Messages of the next height, verified, which wait until this node is there: a proposal and two votes of each validator
 * in each of the first rounds at most.
 */
export class FutureMessages {
  readonly height: number;
  readonly epoch: number;
  readonly #messages = new Map<string, Message>();

  constructor(height: number, epoch: number) {
    this.height = height;
    this.epoch = epoch;
  }

  /**
   * What has a place here, and is not taken by another message.
   * @throws VOTE_UNTIMELY, VOTE_KNOWN, VOTE_CONFLICTING
   */
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

/** Where it was signed, and by whom. */
export function signingPositionOf(
  message: Message,
): SigningPosition & { readonly validator: ValidatorIndex } {
  return { ...contentOf(message), step: message.kind === "vote" ? message.vote.message.step : "propose" };
}
