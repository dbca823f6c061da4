import type { Log, Scheduler, Timer } from "@trellis/base";
import type { ListeningFor, ValidatorIndex, ValidatorSigning } from "@trellis/protocol";
import { finalityErrors } from "../errors.ts";
import type { ProtectedSigner } from "../slashingProtection/ProtectedSigner.ts";
import type { SigningPosition } from "../slashingProtection/SigningWatermark.ts";
import type { ValidatorSet } from "../validatorSets/ValidatorSet.ts";
import {
  type DoppelgangerEvent,
  type DoppelgangerState,
  IDLE,
  nextState,
  type Surroundings,
} from "./doppelgangerState.ts";
import { ObservedValidators } from "./ObservedValidators.ts";

export interface DoppelgangerPorts {
  /** Public keys in hexadecimal; the set may grow. */
  readonly own: ReadonlySet<string>;
  readonly scheduler: Scheduler;
  readonly log: Log;
  /** Undefined while the voters are unknown or a decided block has not arrived. */
  readonly voters: () => ValidatorSet | undefined;
  readonly wasMember: (publicKey: Uint8Array) => boolean;
  readonly height: () => number;
  readonly begin: () => void;
}

const SIGNING: Readonly<Record<DoppelgangerState["phase"], ValidatorSigning | undefined>> = {
  idle: undefined,
  observing: "listening",
  confirming: "listening",
  signing: "signing",
  detected: "stopped",
};

/**
 * As in Lighthouse and Prysm. A vote missing from the log shows another process or an outdated log.
 * [FINAL-12]
 */
export class DoppelgangerGuard {
  readonly #signer: ProtectedSigner;
  /** Cleared when a confirmation begins and after catching up. */
  readonly #observed: ObservedValidators;
  readonly #voting: ObservedValidators;
  readonly #confirmMs: number;
  readonly #ports: DoppelgangerPorts;
  #state = IDLE;
  #timer: Timer | undefined;
  #isStopped = false;

  /** @param confirmMs time in which each online validator sends at least once */
  constructor(signer: ProtectedSigner, confirmMs: number, ports: DoppelgangerPorts) {
    this.#signer = signer;
    this.#observed = new ObservedValidators(ports.own);
    this.#voting = new ObservedValidators(ports.own);
    this.#confirmMs = confirmMs;
    this.#ports = ports;
  }

  get signing(): ValidatorSigning | undefined {
    return SIGNING[this.#state.phase];
  }

  get listeningFor(): ListeningFor | undefined {
    return this.signing === "listening" ? this.#state.waitsFor : undefined;
  }

  start(): void {
    this.#follow("started");
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  heightBegan(): void {
    this.#follow("heightBegan");
  }

  caughtUp(): void {
    if (this.signing === "listening") this.#forget();
    this.#follow("caughtUp");
  }

  observedAhead(): void {
    this.#follow("observedAhead");
  }

  observed(set: ValidatorSet, validator: ValidatorIndex, by: "vote" | "heartbeat"): void {
    if (this.signing !== "listening") return;
    const { publicKey } = set.validators[validator]!;
    this.#observed.add(publicKey);
    if (by === "vote") this.#voting.add(publicKey);
    this.#follow("observed");
  }

  observedVote(set: ValidatorSet, validator: ValidatorIndex, seen: SigningPosition): void {
    this.observed(set, validator, "vote");
    if (validator !== set.indexOf(this.#signer.publicKey)) return;
    if (!this.#signer.isElsewhere(seen) || this.#state.phase === "detected") return;
    this.#follow("ownVoteUnknown");
    const { height, round, step, value } = seen;
    const error = finalityErrors.VOTE_KEY_ELSEWHERE({ height, round, step, value });
    this.#ports.log.error("doppelganger.detected", { error, message: "The validator stops signing." });
  }

  #follow(event: DoppelgangerEvent): void {
    const before = this.#state;
    const state = nextState(before, event, this.#surroundings(this.#signer));
    this.#state = state;
    if (state.waitsFor !== before.waitsFor) {
      const { waitsFor } = state;
      this.#ports.log.info("validator.observing", {
        waitsFor,
        message: "The validator observes the network and does not sign yet.",
      });
    }
    if (state.phase !== "confirming") this.#timer?.cancel();
    else if (state.confirmation !== before.confirmation) this.#confirm();
    if (state.phase !== "signing" || before.phase === "signing") return;
    this.#signer.settle(this.#ports.height());
    this.#ports.begin();
  }

  #confirm(): void {
    this.#timer?.cancel();
    if (this.#isStopped) return;
    this.#forget();
    this.#timer = this.#ports.scheduler.after(this.#confirmMs, () => this.#follow("elapsed"));
  }

  #forget(): void {
    this.#observed.forget();
    this.#voting.forget();
  }

  #surroundings({ last, publicKey, isOutdated }: ProtectedSigner): Surroundings {
    const [observed, voting] = [this.#observed, this.#voting];
    const { wasMember, voters: votersNow } = this.#ports;
    const voters = votersNow();
    return {
      isLogIncomplete: last === undefined || isOutdated,
      get missing() {
        if (voters === undefined) return "block";
        const areEnough = isOutdated
          ? !observed.isAlone(voters) && observed.areThird(voters)
          : observed.areEnough(voters);
        return areEnough ? undefined : "others";
      },
      get areOthersVoting() {
        return voters?.indexOf(publicKey) !== undefined && voting.areThird(voters);
      },
      get mayVoteElsewhere() {
        return voters !== undefined && !observed.isAlone(voters) && (isOutdated || wasMember(publicKey));
      },
    };
  }
}
