import type { Hash, Proposal, Signed, Vote, VoteStep } from "@trellis/protocol";
import { CheckpointVote, type Memory, type Output, type Validity } from "./CheckpointVote.ts";
import { VotePower } from "./VotePower.ts";

/** Blocks to vote for. */
export const [A, B] = ["aa", "bb"].map((byte): Hash => `0x${byte.repeat(32)}`) as [Hash, Hash];

/** One of four validators of equal power; who proposes goes round. */
export class TestVote {
  readonly vote: CheckpointVote;
  readonly outputs: Output[] = [];
  readonly validities = new Map<Hash, Validity>();
  value: Hash | undefined = A;

  constructor(self: number | undefined, memory?: Memory) {
    const options = { epoch: 1, height: 1, power: new VotePower([1n, 1n, 1n, 1n]), self };
    this.vote = new CheckpointVote(memory === undefined ? options : { ...options, memory }, {
      valueToPropose: () => this.value,
      validity: (value) => this.validities.get(value) ?? "valid",
      proposer: (round) => round % 4,
    });
  }

  start(): this {
    return this.#took(this.vote.start());
  }

  proposes(value: Hash, round = 0, validRound = -1, hasProof = false): this {
    const proposal: Proposal = { epoch: 1, height: 1, round, value, validRound, validator: round % 4 };
    return this.#took(this.vote.propose(proposal, hasProof));
  }

  votes(step: VoteStep, value: Hash | undefined, validators: readonly number[], round = 0): this {
    for (const validator of validators) {
      this.#took(this.vote.vote(signed({ epoch: 1, height: 1, round, step, value, validator })));
    }
    return this;
  }

  timedOut(step: "propose" | VoteStep, round = 0): this {
    return this.#took(this.vote.timedOut({ round, step }));
  }

  blocksCame(): this {
    return this.#took(this.vote.blocksCame());
  }

  /** What it voted, in order: "prevote 0 aa". */
  get cast(): string[] {
    return this.outputs.filter((output) => output.kind === "vote").map(({ vote }) => textOf(vote));
  }

  get timers(): string[] {
    return this.outputs
      .filter((output) => output.kind === "timer")
      .map(({ timer }) => `${timer.step} ${timer.round}`);
  }

  get proposals(): Proposal[] {
    return this.outputs.filter((output) => output.kind === "propose").map(({ proposal }) => proposal);
  }

  get decided(): Hash | undefined {
    return this.outputs.find((output) => output.kind === "decided")?.value;
  }

  #took(outputs: readonly Output[]): this {
    this.outputs.push(...outputs);
    for (const output of outputs) {
      if (output.kind === "vote") this.#took(this.vote.vote(signed(output.vote)));
      if (output.kind === "propose") this.#took(this.vote.propose(output.proposal, true));
    }
    return this;
  }
}

/** The machine looks at no signature. */
export function signed(message: Vote): Signed<Vote> {
  return { message, signature: new Uint8Array(0) };
}

function textOf({ step, round, value }: Vote): string {
  return `${step} ${round} ${value?.slice(2, 4) ?? "none"}`;
}
