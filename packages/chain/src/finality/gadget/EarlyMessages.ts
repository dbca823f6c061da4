import type { ProvenProposal, Signed, Vote } from "@trellis/protocol";
import { finalityErrors } from "../errors.ts";

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
export class EarlyMessages {
  readonly height: number;
  readonly epoch: number;
  readonly #messages = new Map<string, Message>();

  constructor(height: number, epoch: number) {
    this.height = height;
    this.epoch = epoch;
  }

  /** @throws VOTE_ROUND_FAR */
  checkRound({ validator, height, round }: Pick<Vote, "validator" | "height" | "round">): void {
    if (round >= ROUNDS_MAX) throw finalityErrors.VOTE_ROUND_FAR({ validator, height, round });
  }

  /** What came in its place before. */
  get(message: Message): Message | undefined {
    return this.#messages.get(keyOf(message));
  }

  add(message: Message): void {
    this.#messages.set(keyOf(message), message);
  }

  all(): Iterable<Message> {
    return this.#messages.values();
  }
}

export function roundOf(message: Message): number {
  return placeOf(message).round;
}

export function placeOf(message: Message) {
  return message.kind === "vote" ? message.vote.message : message.proposal.message;
}

function keyOf(message: Message): string {
  const { round, validator } = placeOf(message);
  return `${message.kind === "vote" ? message.vote.message.step : "propose"} ${round} ${validator}`;
}
