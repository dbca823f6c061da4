import type { Evidence, Hash, Proposal, Signed, ValidatorIndex, Vote, VoteStep } from "@trellis/protocol";
import { finalityErrors } from "../errors.ts";
import type { Memory, Step } from "../slashingProtection/SigningWatermark.ts";
import type { VotePower } from "../validatorSets/VotePower.ts";
import { VoteTally } from "./VoteTally.ts";

export type Validity = "valid" | "invalid" | "unknown";

/** [FINAL-26] */
export type Backing = "proposal" | "prevotes";

export type Output =
  /** Store `memory`, sign and send the message, then pass it to this vote. */
  | { readonly kind: "propose"; readonly proposal: Proposal; readonly memory: Memory }
  | { readonly kind: "vote"; readonly vote: Vote; readonly memory: Memory }
  | { readonly kind: "timer"; readonly timer: RoundTimer }
  | { readonly kind: "decided"; readonly value: Hash; readonly round: number }
  | { readonly kind: "evidence"; readonly evidence: Evidence };

export interface RoundTimer {
  readonly round: number;
  readonly step: Step;
}

interface CheckpointPorts {
  valueToPropose(): Hash | undefined;
  validity(value: Hash, backing: Backing): Validity;
  proposer(round: number): ValidatorIndex;
}

interface CheckpointOptions {
  readonly epoch: number;
  readonly height: number;
  readonly power: VotePower;
  readonly self: ValidatorIndex | undefined;
  readonly memory?: Memory;
}

/** Messages of rounds further ahead only show that the validator reached the round. */
const ROUNDS_AHEAD_MAX = 4;
/** Votes of older rounds arrive as proofs in proposals and certificates. */
const ROUNDS_BEHIND_MAX = 16;

interface Round {
  proposal: Proposal | undefined;
  hasProof: boolean;
  readonly prevote: VoteTally;
  readonly precommit: VoteTally;
  hasProposeTimer: boolean;
  hasPrevoteTimer: boolean;
  hasPrecommitTimer: boolean;
  hasPolka: boolean;
}

/**
 * Tendermint (Buchman, Kwon, Milosevic, arXiv 1807.04938, algorithm 1). Numbers in parentheses are lines of
 * the paper.
 */
export class CheckpointVote {
  readonly #options: CheckpointOptions;
  readonly #ports: CheckpointPorts;
  readonly #rounds = new Map<number, Round>();
  readonly #seen = new Map<ValidatorIndex, number>();
  #round = 0;
  #step: Step = "propose";
  #lockedRound = -1;
  #lockedValue: Hash | undefined;
  #validRound = -1;
  #validValue: Hash | undefined;
  #hasProposed = false;
  #isDecided = false;
  #outputs: Output[] = [];

  constructor(options: CheckpointOptions, ports: CheckpointPorts) {
    this.#options = options;
    this.#ports = ports;
    const { memory } = options;
    if (memory === undefined) return;
    this.#round = memory.round;
    this.#step = memory.step;
    this.#lockedRound = memory.lockedRound;
    this.#lockedValue = memory.lockedValue;
    this.#validRound = memory.validRound;
    this.#validValue = memory.validValue;
    this.#hasProposed = memory.hasProposed;
  }

  get round(): number {
    return this.#round;
  }

  get step(): Step {
    return this.#step;
  }

  get valid(): { readonly round: number; readonly value: Hash } | undefined {
    return this.#validValue === undefined ? undefined : { round: this.#validRound, value: this.#validValue };
  }

  /** Call once, also after a restart. */
  start(): readonly Output[] {
    return this.#react(() => {
      if (this.#step === "propose") this.#proposeIfOwn();
    });
  }

  /** @param hasProof true if verified prevotes of the valid round accompany the proposal */
  propose(proposal: Proposal, hasProof: boolean): readonly Output[] {
    const { round, validator } = proposal;
    return this.#react(() => {
      this.#see(validator, round);
      if (validator !== this.#ports.proposer(round) || !this.#isKept(round)) return;
      const kept = this.#at(round);
      if (kept.proposal === undefined) {
        kept.proposal = proposal;
        kept.hasProof = hasProof;
      }
    });
  }

  vote(signed: Signed<Vote>): readonly Output[] {
    const { validator, round, step } = signed.message;
    return this.#react(() => {
      this.#see(validator, round);
      if (!this.#isKept(round)) return;
      const first = this.#at(round)[step].add(signed);
      if (first !== undefined) this.#outputs.push({ kind: "evidence", evidence: { first, second: signed } });
    });
  }

  /** (57–67) */
  timedOut({ round, step }: RoundTimer): readonly Output[] {
    return this.#react(() => {
      if (round !== this.#round || this.#isDecided) return;
      if (step === "propose" && this.#step === "propose") this.#cast("prevote", undefined);
      if (step === "prevote" && this.#step === "prevote") this.#cast("precommit", undefined);
      if (step === "precommit") this.#startRound(round + 1);
    });
  }

  blocksCame(): readonly Output[] {
    return this.#react(() => {
      if (this.#step === "propose" && !this.#isDecided) this.#proposeIfOwn();
    });
  }

  /** Bounds signature verifications: a round far ahead is accepted once per validator and current round. */
  checkRound({ validator, round }: Pick<Vote, "validator" | "round">): void {
    const isAhead = round > this.#round;
    if (
      this.#isKept(round) ||
      (isAhead && (this.#seen.get(validator) ?? -1) <= this.#round + ROUNDS_AHEAD_MAX)
    )
      return;
    const { height } = this.#options;
    throw finalityErrors.VOTE_UNTIMELY({
      reason: "round too far from this node's",
      validator,
      height,
      round,
      current: this.#round,
    });
  }

  voteOf({ round, step, validator }: Pick<Vote, "round" | "step" | "validator">): Signed<Vote> | undefined {
    return this.#rounds.get(round)?.[step].voteOf(validator);
  }

  proposalOf(round: number): Proposal | undefined {
    return this.#rounds.get(round)?.proposal;
  }

  votesOf(round: number): Signed<Vote>[] {
    const kept = this.#rounds.get(round);
    return kept === undefined ? [] : [...kept.prevote.votes(), ...kept.precommit.votes()];
  }

  newestOf(validator: ValidatorIndex): Signed<Vote>[] {
    const rounds = [...this.#rounds.keys()].sort((a, b) => b - a);
    for (const round of rounds) {
      const said = this.votesOf(round).filter(({ message }) => message.validator === validator);
      if (said.length > 0) return said;
    }
    return [];
  }

  hasQuorumFor(round: number, step: VoteStep, value: Hash | undefined): boolean {
    return this.#rounds.get(round)?.[step].hasQuorumFor(value) === true;
  }

  votesFor(round: number, step: VoteStep, value: Hash): Signed<Vote>[] {
    return this.#rounds.get(round)?.[step].votesFor(value) ?? [];
  }

  /** After the decision, votes are only evidence or late precommits. */
  #react(change: () => void): readonly Output[] {
    change();
    while (!this.#isDecided && this.#applyRule()) {
      // One rule may enable another.
    }
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }

  #applyRule(): boolean {
    return (
      this.#decide() ||
      this.#skipRounds() ||
      this.#waitForProposal() ||
      this.#prevoteFresh() ||
      this.#prevoteAgain() ||
      this.#waitForPrevotes() ||
      this.#lock() ||
      this.#precommitNone() ||
      this.#waitForPrecommits()
    );
  }

  /** (49) Decides even without the block. */
  #decide(): boolean {
    for (const [round, { precommit }] of this.#rounds) {
      const value = precommit.quorumValue;
      if (value === undefined) continue;
      this.#isDecided = true;
      this.#outputs.push({ kind: "decided", value, round });
      return true;
    }
    return false;
  }

  /** (55) */
  #skipRounds(): boolean {
    const { power } = this.#options;
    const ahead = [...this.#seen].filter(([, round]) => round > this.#round).sort(([, a], [, b]) => b - a);
    let sum = 0n;
    for (const [validator, round] of ahead) {
      sum += power.of(validator);
      if (!power.hasHonest(sum)) continue;
      this.#startRound(round);
      return true;
    }
    return false;
  }

  /** (21) Unlike in the paper, a proposer may have no value yet, which delays the timer. */
  #waitForProposal(): boolean {
    const round = this.#at(this.#round);
    if (this.#step !== "propose" || round.hasProposeTimer) return false;
    const isHeard = [...this.#seen.values()].some((seen) => seen >= this.#round);
    if (!isHeard && this.#validValue === undefined && this.#ports.valueToPropose() === undefined)
      return false;
    round.hasProposeTimer = true;
    this.#startTimer("propose");
    return true;
  }

  /** (22) */
  #prevoteFresh(): boolean {
    const { proposal } = this.#at(this.#round);
    if (this.#step !== "propose" || proposal === undefined || proposal.validRound !== -1) return false;
    const validity = this.#ports.validity(proposal.value, "proposal");
    if (validity === "unknown") return false;
    const isFree = this.#lockedRound === -1 || this.#lockedValue === proposal.value;
    this.#cast("prevote", validity === "valid" && isFree ? proposal.value : undefined);
    return true;
  }

  /** (28) */
  #prevoteAgain(): boolean {
    const { proposal, hasProof } = this.#at(this.#round);
    if (this.#step !== "propose" || proposal === undefined) return false;
    const { validRound, value } = proposal;
    if (validRound < 0 || validRound >= this.#round) return false;
    if (!hasProof && !this.#rounds.get(validRound)?.prevote.hasQuorumFor(value)) return false;
    const validity = this.#ports.validity(value, "prevotes");
    if (validity === "unknown") return false;
    const isFree = this.#lockedRound <= validRound || this.#lockedValue === value;
    this.#cast("prevote", validity === "valid" && isFree ? value : undefined);
    return true;
  }

  /** (34) */
  #waitForPrevotes(): boolean {
    const round = this.#at(this.#round);
    if (this.#step !== "prevote" || round.hasPrevoteTimer || !this.#havePassed("prevote")) return false;
    round.hasPrevoteTimer = true;
    this.#startTimer("prevote");
    return true;
  }

  /** (36) */
  #lock(): boolean {
    const round = this.#at(this.#round);
    if (this.#step === "propose" || round.hasPolka || round.proposal === undefined) return false;
    const { value } = round.proposal;
    if (!round.prevote.hasQuorumFor(value) || this.#ports.validity(value, "prevotes") !== "valid")
      return false;
    round.hasPolka = true;
    this.#validValue = value;
    this.#validRound = this.#round;
    if (this.#step === "prevote") {
      this.#lockedValue = value;
      this.#lockedRound = this.#round;
      this.#cast("precommit", value);
    }
    return true;
  }

  /** (44) */
  #precommitNone(): boolean {
    if (this.#step !== "prevote" || !this.#at(this.#round).prevote.hasQuorumFor(undefined)) return false;
    this.#cast("precommit", undefined);
    return true;
  }

  /** (47) */
  #waitForPrecommits(): boolean {
    const round = this.#at(this.#round);
    if (round.hasPrecommitTimer || !this.#havePassed("precommit")) return false;
    round.hasPrecommitTimer = true;
    this.#startTimer("precommit");
    return true;
  }

  /** Counts later rounds too, because restarted validators repeat only their last vote. */
  #havePassed(step: VoteStep): boolean {
    const { power } = this.#options;
    const { prevote, precommit } = this.#at(this.#round);
    if ((step === "prevote" ? prevote : precommit).isQuorate) return true;
    let sum = 0n;
    for (const [validator, seen] of this.#seen) {
      const isHere = precommit.voteOf(validator) ?? (step === "prevote" && prevote.voteOf(validator));
      if (isHere || seen > this.#round) sum += power.of(validator);
    }
    return power.isQuorum(sum);
  }

  /** (11) */
  #startRound(round: number): void {
    this.#round = round;
    this.#step = "propose";
    this.#hasProposed = false;
    for (const kept of this.#rounds.keys()) if (!this.#isKept(kept)) this.#rounds.delete(kept);
    this.#proposeIfOwn();
  }

  /** (14) */
  #proposeIfOwn(): void {
    const { epoch, height, self } = this.#options;
    if (self === undefined || this.#hasProposed || this.#ports.proposer(this.#round) !== self) return;
    const value = this.#validValue ?? this.#ports.valueToPropose();
    if (value === undefined) return;
    this.#hasProposed = true;
    const validRound = this.#validValue === undefined ? -1 : this.#validRound;
    const proposal: Proposal = { epoch, height, round: this.#round, value, validRound, validator: self };
    this.#outputs.push({ kind: "propose", proposal, memory: this.#memory() });
  }

  #cast(step: VoteStep, value: Hash | undefined): void {
    const { epoch, height, self } = this.#options;
    this.#step = step;
    if (self === undefined) return;
    const vote: Vote = { epoch, height, round: this.#round, step, value, validator: self };
    this.#outputs.push({ kind: "vote", vote, memory: this.#memory() });
  }

  #startTimer(step: Step): void {
    this.#outputs.push({ kind: "timer", timer: { round: this.#round, step } });
  }

  #see(validator: ValidatorIndex, round: number): void {
    if (round > (this.#seen.get(validator) ?? -1)) this.#seen.set(validator, round);
  }

  #isKept(round: number): boolean {
    return round >= this.#round - ROUNDS_BEHIND_MAX && round <= this.#round + ROUNDS_AHEAD_MAX;
  }

  #at(round: number): Round {
    const known = this.#rounds.get(round);
    if (known !== undefined) return known;
    const { power } = this.#options;
    const fresh: Round = {
      proposal: undefined,
      hasProof: false,
      prevote: new VoteTally(power),
      precommit: new VoteTally(power),
      hasProposeTimer: false,
      hasPrevoteTimer: false,
      hasPrecommitTimer: false,
      hasPolka: false,
    };
    this.#rounds.set(round, fresh);
    return fresh;
  }

  #memory(): Memory {
    return {
      round: this.#round,
      step: this.#step,
      lockedRound: this.#lockedRound,
      lockedValue: this.#lockedValue,
      validRound: this.#validRound,
      validValue: this.#validValue,
      hasProposed: this.#hasProposed,
    };
  }
}
