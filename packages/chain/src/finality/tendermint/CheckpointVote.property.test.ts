import { seededRandom } from "@trellis/kit";
import type { Hash, Proposal, Vote } from "@trellis/protocol";
import { describe, expect, it } from "vitest";
import type { Memory } from "../slashingProtection/SigningWatermark.ts";
import { VotePower } from "../validatorSets/VotePower.ts";
import { CheckpointVote, type Output } from "./CheckpointVote.ts";
import { A, B, signed } from "./testing/TestVote.ts";

const SEEDS = 400;
/** After this time, messages arrive within DELAY_MS. */
const CALM_MS = 5_000;
const DELAY_MS = 100;
const TIMEOUT_MS = 300;
const TIMEOUT_GROWTH_MS = 150;
const REPEAT_MS = 250;
const END_MS = 60_000;

type Message =
  | { readonly kind: "propose"; readonly proposal: Proposal }
  | { readonly kind: "vote"; readonly vote: Vote };

class VoteSimulation {
  readonly #random: () => number;
  readonly #queue: { at: number; order: number; task: () => void }[] = [];
  readonly #votes: CheckpointVote[] = [];
  readonly #sent: Message[][] = [];
  readonly #memories: (Memory | undefined)[] = [];
  readonly #power: VotePower;
  readonly #liars: ReadonlySet<number>;
  readonly decisions = new Map<number, Hash>();
  #now = 0;
  #order = 0;

  readonly #hasCertificates: boolean;

  constructor(seed: number, powers: readonly bigint[], liars: readonly number[], hasCertificates = true) {
    this.#hasCertificates = hasCertificates;
    this.#random = seededRandom(seed);
    this.#power = new VotePower(powers);
    this.#liars = new Set(liars);
    powers.forEach((_, self) => {
      this.#sent.push([]);
      this.#begin(self);
    });
  }

  run(): void {
    while (this.#queue.length > 0 && this.#now < END_MS && !this.#isOver()) {
      this.#queue.sort((a, b) => a.at - b.at || a.order - b.order);
      const { at, task } = this.#queue.shift()!;
      this.#now = at;
      task();
    }
  }

  #isOver(): boolean {
    return this.#votes.every((_, self) => this.#liars.has(self) || this.decisions.has(self));
  }

  #begin(self: number): void {
    const memory = this.#memories[self];
    const options = { epoch: 1, height: 1, power: this.#power, self };
    const vote = new CheckpointVote(memory === undefined ? options : { ...options, memory }, {
      valueToPropose: () => (self % 2 === 0 ? A : B),
      validity: () => (this.#now < CALM_MS && this.#random() < 0.2 ? "unknown" : "valid"),
      proposer: (round) => round % this.#power.count,
    });
    this.#votes[self] = vote;
    this.#take(self, vote.start());
    for (const message of this.#sent[self]!) this.#hear(self, message);
    this.#repeat(self, vote);
    if (this.#random() < 0.3) this.#after(this.#random() * CALM_MS, () => this.#begin(self));
  }

  #repeat(self: number, vote: CheckpointVote): void {
    this.#after(REPEAT_MS, () => {
      if (this.#votes[self] !== vote) return;
      this.#take(self, vote.blocksCame());
      this.#certify(self);
      for (const message of this.#sent[self]!.slice(-6)) this.#send(self, message);
      this.#repeat(self, vote);
    });
  }

  #certify(self: number): void {
    const value = this.decisions.get(self);
    if (value === undefined || this.#liars.has(self) || !this.#hasCertificates) return;
    for (let to = 0; to < this.#power.count; to++) {
      const isLost = this.#now < CALM_MS && this.#random() < 0.4;
      if (!isLost && !this.decisions.has(to)) this.decisions.set(to, value);
    }
  }

  #take(self: number, outputs: readonly Output[]): void {
    for (const output of outputs) {
      if (output.kind === "decided") this.decisions.set(self, output.value);
      if (output.kind === "timer") {
        const { timer } = output;
        const vote = this.#votes[self]!;
        this.#after(TIMEOUT_MS + timer.round * TIMEOUT_GROWTH_MS, () => {
          if (this.#votes[self] === vote) this.#take(self, vote.timedOut(timer));
        });
      }
      if (output.kind !== "propose" && output.kind !== "vote") continue;
      this.#memories[self] = output.memory;
      this.#sent[self]!.push(output);
      this.#send(self, output);
      this.#hear(self, output);
    }
  }

  #lie(message: Message, to: number): Message {
    const value = to % 2 === 0 ? A : B;
    if (this.#random() < 0.3) return message;
    if (message.kind === "propose") return { ...message, proposal: { ...message.proposal, value } };
    return { ...message, vote: { ...message.vote, value: this.#random() < 0.2 ? undefined : value } };
  }

  #send(from: number, message: Message): void {
    for (let to = 0; to < this.#power.count; to++) {
      if (to === from) continue;
      const isCalm = this.#now >= CALM_MS;
      if (!isCalm && this.#random() < 0.4) continue;
      const isLiar = this.#liars.has(from);
      if (isLiar && this.#random() < 0.2) continue;
      const said = isLiar ? this.#lie(message, to) : message;
      const delay = this.#random() * (isCalm ? DELAY_MS : 2_000);
      this.#after(delay, () => this.#hear(to, said));
    }
  }

  #hear(to: number, message: Message): void {
    const vote = this.#votes[to]!;
    if (message.kind === "vote") this.#take(to, vote.vote(signed(message.vote)));
    else {
      const { validRound, value, round } = message.proposal;
      if (validRound >= round) return;
      const hasProof = validRound >= 0 && this.#wasPrevoted(value, validRound);
      this.#take(to, vote.propose(message.proposal, hasProof));
    }
  }

  #wasPrevoted(value: Hash, round: number): boolean {
    const voters = this.#sent.flatMap((sent, self) =>
      this.#liars.has(self) ||
      sent.some(
        (message) =>
          message.kind === "vote" &&
          message.vote.step === "prevote" &&
          message.vote.round === round &&
          message.vote.value === value,
      )
        ? [self]
        : [],
    );
    return this.#power.isQuorum(voters.reduce((sum, voter) => sum + this.#power.of(voter), 0n));
  }

  get contradiction(): Vote | undefined {
    for (const [self, sent] of this.#sent.entries()) {
      if (this.#liars.has(self)) continue;
      const said = new Map<string, Hash | undefined>();
      for (const message of sent) {
        if (message.kind !== "vote") continue;
        const { step, round, value } = message.vote;
        const key = `${step} ${round}`;
        if (said.has(key) && said.get(key) !== value) return message.vote;
        said.set(key, value);
      }
    }
    return undefined;
  }

  #after(delay: number, task: () => void): void {
    this.#queue.push({ at: this.#now + delay, order: this.#order++, task });
  }
}

describe("validators with less than a third of them Byzantine", () => {
  it(`decide the same, over ${SEEDS} seeds of loss, delay and restarts`, () => {
    for (let seed = 0; seed < SEEDS; seed++) {
      const random = seededRandom(seed ^ 0x5eed);
      const count = 1 + Math.floor(random() * 7);
      const powers = Array.from({ length: count }, () => BigInt(1 + Math.floor(random() * 5)));
      const power = new VotePower(powers);
      const liars: number[] = [];
      let lying = 0n;
      for (let self = 0; self < count; self++) {
        if (power.hasHonest(lying + powers[self]!) || (lying + powers[self]!) * 3n >= power.total) continue;
        if (random() < 0.6) {
          liars.push(self);
          lying += powers[self]!;
        }
      }
      const simulation = new VoteSimulation(seed, powers, liars);
      simulation.run();
      const honest = powers.flatMap((_, self) =>
        liars.includes(self) ? [] : [simulation.decisions.get(self)],
      );
      const decided = new Set(honest);
      expect(decided.size, `seed ${seed}: ${honest.map((value) => value?.slice(2, 4))}`).toBe(1);
      expect(decided.has(undefined), `seed ${seed} came to no decision`).toBe(false);
      expect(simulation.contradiction, `seed ${seed}`).toBeUndefined();
    }
  });

  it("with more than a third Byzantine can disagree: the test can fail", () => {
    const disagrees = (seed: number): boolean => {
      const simulation = new VoteSimulation(seed, [1n, 1n, 1n, 1n], [0, 1], false);
      simulation.run();
      const [one, other] = [simulation.decisions.get(2), simulation.decisions.get(3)];
      return one !== undefined && other !== undefined && one !== other;
    };
    expect(Array.from({ length: SEEDS }, (_, seed) => seed).some(disagrees)).toBe(true);
  });
});
