import type { Log, Scheduler, Timer } from "@trellis/base";
import type { ValidatorIndex, ValidatorSigning } from "@trellis/protocol";
import { finalityErrors } from "../errors.ts";
import type { ProtectedSigner } from "../protection/ProtectedSigner.ts";
import type { SignedPlace } from "../protection/VoteRecord.ts";

/** How often listening begins anew because somebody claims to be further: that is not proven, and so bounded. */
const LISTENED_AGAIN_MAX = 8;

export interface KeyWatchPorts {
  readonly scheduler: Scheduler;
  readonly log: Log;
  /** A block is awaited: nothing can be heard meanwhile. */
  readonly isAwaiting: () => boolean;
  /** Nobody else was heard. */
  readonly begin: () => void;
}

/**
 * Before a validator signs it listens for one round: votes of its own key that it does not remember mean that the log
 * was restored from an old backup, or that another node has the key. It goes on watching as it signs. [FINAL-12]
 */
export class KeyWatch {
  readonly #signer: ProtectedSigner | undefined;
  readonly #listenMs: number;
  readonly #ports: KeyWatchPorts;
  #signing: ValidatorSigning | undefined;
  #timer: Timer | undefined;
  #again = 0;
  #isFurther = false;

  /** @param listenMs a round and a repetition: within it, everybody who is there says what it said in the round at hand */
  constructor(signer: ProtectedSigner | undefined, listenMs: number, ports: KeyWatchPorts) {
    this.#signer = signer;
    this.#listenMs = listenMs;
    this.#ports = ports;
  }

  /** Undefined without a key. */
  get signing(): ValidatorSigning | undefined {
    return this.#signing;
  }

  start(): void {
    if (this.#signer === undefined) return;
    this.#signing = "listening";
    this.#listen();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** A certificate told of a checkpoint of which this node had not heard the votes: it is not where the others are. */
  caughtUp(): void {
    if (this.#signing !== "listening") return;
    this.#timer?.cancel();
    this.#listen();
  }

  /** Somebody claims to be further. */
  heardFurther(): void {
    this.#isFurther = true;
  }

  /** @param seen signed by the validator, and verified */
  heard(validator: ValidatorIndex, self: ValidatorIndex | undefined, seen: SignedPlace): void {
    if (self === undefined || validator !== self || !this.#signer!.isElsewhere(seen)) return;
    if (this.#signing === "stopped") return;
    this.#signing = "stopped";
    this.#timer?.cancel();
    const { height, round, step, value } = seen;
    const error = finalityErrors.VOTE_KEY_ELSEWHERE({ height, round, step, value });
    this.#ports.log.error("this validator signs no more", { error });
  }

  #listen(): void {
    this.#timer = this.#ports.scheduler.after(this.#listenMs, () => {
      const isLagging = this.#isFurther && this.#again < LISTENED_AGAIN_MAX;
      if (isLagging) this.#again++;
      this.#isFurther = false;
      if (isLagging || this.#ports.isAwaiting()) {
        this.#listen();
        return;
      }
      this.#signing = "signing";
      this.#ports.begin();
    });
  }
}
