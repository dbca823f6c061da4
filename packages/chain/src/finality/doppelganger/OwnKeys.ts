import { bytesToHex } from "@trellis/base";
import type { ListeningFor, ValidatorIndex, ValidatorSigning } from "@trellis/protocol";
import type { ProtectedSigner } from "../slashingProtection/ProtectedSigner.ts";
import type { SigningPosition } from "../slashingProtection/SigningWatermark.ts";
import type { ValidatorSet } from "../validatorSets/ValidatorSet.ts";
import { DoppelgangerGuard, type DoppelgangerPorts } from "./DoppelgangerGuard.ts";

interface OwnKey {
  readonly signer: ProtectedSigner;
  readonly guard: DoppelgangerGuard;
}

/** A new key observes at once, so that it can vote when a set contains it. [FINAL-27] */
export class OwnKeys {
  readonly #confirmMs: number;
  readonly #ports: Omit<DoppelgangerPorts, "own">;
  readonly #own = new Set<string>();
  readonly #keys: OwnKey[] = [];
  #current: OwnKey | undefined;

  constructor(signers: readonly ProtectedSigner[], confirmMs: number, ports: Omit<DoppelgangerPorts, "own">) {
    this.#confirmMs = confirmMs;
    this.#ports = ports;
    for (const signer of signers) this.#create(signer);
    this.#current = this.#keys[0];
  }

  get signer(): ProtectedSigner | undefined {
    return this.#current?.signer;
  }

  get signing(): ValidatorSigning | undefined {
    return this.#current?.guard.signing;
  }

  get listeningFor(): ListeningFor | undefined {
    return this.#current?.guard.listeningFor;
  }

  isOwn(publicKey: Uint8Array): boolean {
    return this.#own.has(bytesToHex(publicKey));
  }

  indexIn(set: ValidatorSet): ValidatorIndex | undefined {
    return this.#memberOf(set)?.index;
  }

  add(signer: ProtectedSigner): void {
    if (this.isOwn(signer.publicKey)) return;
    const key = this.#create(signer);
    this.#current ??= key;
    key.guard.start();
  }

  enter(set: ValidatorSet): void {
    this.#current = this.#memberOf(set)?.key ?? this.#current;
  }

  start(): void {
    this.#forEach((guard) => guard.start());
  }

  stop(): void {
    this.#forEach((guard) => guard.stop());
  }

  heightBegan(): void {
    this.#forEach((guard) => guard.heightBegan());
  }

  caughtUp(): void {
    this.#forEach((guard) => guard.caughtUp());
  }

  observedAhead(): void {
    this.#forEach((guard) => guard.observedAhead());
  }

  observed(set: ValidatorSet, validator: ValidatorIndex, by: "vote" | "heartbeat"): void {
    this.#forEach((guard) => guard.observed(set, validator, by));
  }

  observedVote(set: ValidatorSet, validator: ValidatorIndex, seen: SigningPosition): void {
    this.#forEach((guard) => guard.observedVote(set, validator, seen));
  }

  #create(signer: ProtectedSigner): OwnKey {
    this.#own.add(bytesToHex(signer.publicKey));
    const begin = () => {
      if (this.#current === key) this.#ports.begin();
    };
    const ports = { ...this.#ports, own: this.#own, begin };
    const key: OwnKey = { signer, guard: new DoppelgangerGuard(signer, this.#confirmMs, ports) };
    this.#keys.push(key);
    return key;
  }

  #memberOf(set: ValidatorSet): { readonly key: OwnKey; readonly index: ValidatorIndex } | undefined {
    for (const key of this.#keys) {
      const index = set.indexOf(key.signer.publicKey);
      if (index !== undefined) return { key, index };
    }
    return undefined;
  }

  #forEach(tell: (guard: DoppelgangerGuard) => void): void {
    for (const { guard } of this.#keys) tell(guard);
  }
}
