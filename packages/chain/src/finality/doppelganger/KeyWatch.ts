import type { Log, Scheduler, Timer } from "@trellis/base";
import type { ListeningFor, ValidatorIndex, ValidatorSigning } from "@trellis/protocol";
import { finalityErrors } from "../errors.ts";
import type { ProtectedSigner } from "../slashingProtection/ProtectedSigner.ts";
import type { SignedPlace } from "../slashingProtection/VoteRecord.ts";
import type { ValidatorSet } from "../validatorSets/ValidatorSet.ts";
import { HeardOthers } from "./HeardOthers.ts";

/** How often listening begins anew because somebody claims to be further: that is not proven, and so bounded. */
const LISTENED_AGAIN_MAX = 8;

export interface KeyWatchPorts {
  readonly scheduler: Scheduler;
  readonly log: Log;
  /** Who votes now; undefined while that is not known, or a block is awaited: nothing can be heard meanwhile. */
  readonly voters: () => ValidatorSet | undefined;
  /** A set with this key in it has certified a height. */
  readonly wasMember: (publicKey: Uint8Array) => boolean;
  /** Nobody else signs with the key, as far as could be heard. */
  readonly begin: () => void;
}

/**
 * Before a validator signs it listens, and for as long as it takes to hear the others: votes of its own key that it does
 * not remember mean that the log was restored from an old backup, or that another node has the key. It goes on watching
 * as it signs. [FINAL-12]
 */
export class KeyWatch {
  readonly #signer: ProtectedSigner | undefined;
  readonly #others: HeardOthers | undefined;
  /** Those of them who vote. */
  readonly #voting: HeardOthers | undefined;
  readonly #listenMs: number;
  readonly #ports: KeyWatchPorts;
  #signing: ValidatorSigning | undefined;
  #waitsFor: ListeningFor = "others";
  /** Runs while the others are there: what it is about to hear, it hears in this time. */
  #timer: Timer | undefined;
  #again = 0;
  #isFurther = false;
  #haveOthersVoted = false;
  #isOver = false;

  /** @param listenMs a round and a repetition: within it, everybody who is there says what it said in the round at hand */
  constructor(signer: ProtectedSigner | undefined, listenMs: number, ports: KeyWatchPorts) {
    this.#signer = signer;
    this.#others = signer && new HeardOthers(signer.publicKey);
    this.#voting = signer && new HeardOthers(signer.publicKey);
    this.#listenMs = listenMs;
    this.#ports = ports;
  }

  /** Undefined without a key. */
  get signing(): ValidatorSigning | undefined {
    return this.#signing;
  }

  /** What it waits for; undefined if it does not listen. */
  get listeningFor(): ListeningFor | undefined {
    return this.#signing === "listening" ? this.#waitsFor : undefined;
  }

  start(): void {
    if (this.#signer === undefined) return;
    this.#signing = "listening";
    this.#listenAnew();
  }

  stop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }

  /** It may be known now who votes. */
  heightBegan(): void {
    if (this.#signing === "listening" && this.#timer === undefined) this.#listen();
  }

  /** A certificate told of a checkpoint of which this node had not heard the votes: it is not where the others are. */
  caughtUp(): void {
    if (this.#signing !== "listening") return;
    this.#others!.forget();
    this.#voting!.forget();
    this.#listenAnew();
  }

  /** Somebody claims to be further. */
  heardFurther(): void {
    this.#isFurther = true;
  }

  /**
   * The validator was heard now.
   * @param validator who signed something that was verified
   */
  heard(set: ValidatorSet, validator: ValidatorIndex, by: "vote" | "presence"): void {
    if (this.#signing !== "listening") return;
    const { publicKey } = set.validators[validator]!;
    this.#others!.add(publicKey);
    if (by === "vote") this.#voting!.add(publicKey);
    if (!this.#haveOthersVoted && this.#areOthersVoting()) {
      this.#haveOthersVoted = true;
      // Who votes a little later is heard too.
      if (this.#signer!.last === undefined) this.#listenAnew();
    } else if (this.#timer === undefined) this.#listen();
  }

  /** @param seen a vote or proposal of the validator, verified */
  heardVote(set: ValidatorSet, validator: ValidatorIndex, seen: SignedPlace): void {
    this.heard(set, validator, "vote");
    if (this.#signer === undefined || validator !== set.indexOf(this.#signer.publicKey)) return;
    if (!this.#signer.isElsewhere(seen) || this.#signing === "stopped") return;
    this.#signing = "stopped";
    this.#timer?.cancel();
    const { height, round, step, value } = seen;
    const error = finalityErrors.VOTE_KEY_ELSEWHERE({ height, round, step, value });
    this.#ports.log.error("this validator signs no more", { error });
  }

  #listenAnew(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#listen();
  }

  /** From when the others are there; they are heard once more in the time that follows. */
  #listen(waitsFor: ListeningFor = "time"): void {
    const missing = this.#missing();
    this.#tell(missing ?? waitsFor);
    if (missing !== undefined || this.#isOver) return;
    this.#others!.forget();
    this.#voting!.forget();
    this.#timer = this.#ports.scheduler.after(this.#listenMs, () => this.#haveListened());
  }

  #haveListened(): void {
    this.#timer = undefined;
    const isLagging = this.#isFurther && this.#again < LISTENED_AGAIN_MAX;
    if (isLagging) this.#again++;
    this.#isFurther = false;
    const waitsFor = this.#missing() ?? this.#unheard(isLagging);
    if (waitsFor !== undefined) {
      this.#listen(waitsFor);
      return;
    }
    this.#signing = "signing";
    this.#ports.begin();
  }

  /** Without which nothing can be heard. */
  #missing(): "others" | "block" | undefined {
    const voters = this.#ports.voters();
    if (voters === undefined) return "block";
    return this.#others!.areEnough(voters) ? undefined : "others";
  }

  #unheard(isLagging: boolean): "certificates" | "votes" | undefined {
    if (isLagging) return "certificates";
    return this.#needsVotes() ? "votes" : undefined;
  }

  /** In a set in which another node with the key would vote too. */
  #areOthersVoting(): boolean {
    const voters = this.#ports.voters();
    if (voters?.indexOf(this.#signer!.publicKey) === undefined) return false;
    return this.#voting!.areThird(voters);
  }

  /** With an empty log, in a set that has voted already: if another node has the key, it votes when the others do. */
  #needsVotes(): boolean {
    const { last, publicKey } = this.#signer!;
    if (last !== undefined || this.#haveOthersVoted) return false;
    const voters = this.#ports.voters();
    return voters !== undefined && !this.#others!.isAlone(voters) && this.#ports.wasMember(publicKey);
  }

  #tell(waitsFor: ListeningFor): void {
    if (waitsFor === this.#waitsFor) return;
    this.#waitsFor = waitsFor;
    this.#ports.log.info("this validator listens and does not sign yet", { waitsFor });
  }
}
