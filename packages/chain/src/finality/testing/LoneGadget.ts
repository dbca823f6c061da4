import { isTrellisError, silentLog } from "@trellis/base";
import { blsPublicKey, blsSign } from "@trellis/crypto";
import { settlePromises, VirtualTime } from "@trellis/kit/time";
import {
  type Certificate,
  type Evidence,
  type Heartbeat,
  heartbeatSignedBytes,
  type Proposal,
  type ProvenProposal,
  proposalSignedBytes,
  type Signed,
  type Vote,
  voteSignedBytes,
} from "@trellis/protocol";
import { storageErrors } from "@trellis/storage";
import { codeAndReason } from "../../store/testing/codeAndReason.ts";
import { certificateOf } from "../certificates/certificateOf.ts";
import { finalityErrors } from "../errors.ts";
import { FinalityGadget } from "../FinalityGadget.ts";
import { ProtectedSigner } from "../slashingProtection/ProtectedSigner.ts";
import type { SigningWatermark } from "../slashingProtection/SigningWatermark.ts";
import { type Validator, ValidatorSet } from "../validatorSets/ValidatorSet.ts";
import { blockOf, DOMAIN, secretOf } from "./GadgetNetwork.ts";

export const TIMES = { proposeMs: 400, prevoteMs: 200, precommitMs: 200, growthMs: 100, repeatMs: 300 };
export const LISTEN_MS = 1_100;

class CountingSet extends ValidatorSet {
  verified = 0;
  readonly remembered: Certificate[] = [];

  override verifyVote(signed: Signed<Vote>): void {
    this.checkSender(signed.message);
    this.verified++;
    super.verifyVote(signed);
  }

  override verifyCertificate(certificate: Certificate): void {
    this.verified++;
    super.verifyCertificate(certificate);
  }

  override remember(certificate: Certificate): void {
    this.remembered.push(certificate);
    super.remember(certificate);
  }
}

export function setOf(epoch: number, powers: readonly bigint[]): CountingSet {
  const validators = powers.map(
    (power, index): Validator => ({ publicKey: blsPublicKey(secretOf(index)), power }),
  );
  return new CountingSet(DOMAIN, epoch, validators);
}

export class LoneGadget {
  readonly time = new VirtualTime(0, settlePromises);
  sets: readonly CountingSet[];
  readonly finalized: Certificate[] = [];
  readonly fuller: Certificate[] = [];
  readonly said: (Signed<Vote> | ProvenProposal)[] = [];
  readonly certificates: Certificate[] = [];
  readonly evidence: Evidence[] = [];
  readonly requestedHeights: number[] = [];
  readonly heartbeats: Signed<Heartbeat>[] = [];
  readonly gadget: FinalityGadget;
  finalHeight = 0;
  hasBlocks = true;
  record: SigningWatermark | undefined;
  isDiskFull = false;
  isFlushed: boolean | "failing" = true;
  diskMs = 0;
  areOthersThere: boolean;
  wasMember = false;

  constructor(
    self?: number,
    powers: readonly bigint[] = [1n, 1n, 1n, 1n],
    record?: SigningWatermark,
    areOthersThere = true,
  ) {
    this.areOthersThere = areOthersThere;
    this.sets = [0, 1, 2].map((epoch) => setOf(epoch, powers));
    this.record = record;
    const log = {
      load: () => this.record,
      save: async (next: SigningWatermark) => {
        if (this.diskMs > 0) await this.time.wait(this.diskMs);
        if (this.isDiskFull) throw finalityErrors.VOTE_LOG_UNAVAILABLE({ reason: "the disk is full" });
        this.record = next;
      },
    };
    const signers = self === undefined ? [] : [new ProtectedSigner(DOMAIN, secretOf(self), log)];
    this.gadget = new FinalityGadget(TIMES, signers, {
      clock: this.time,
      scheduler: this.time,
      log: silentLog,
      outbox: {
        vote: (vote) => void this.said.push(vote),
        proposal: (proposal) => void this.said.push(proposal),
        certificate: (certificate) => void this.certificates.push(certificate),
        heartbeat: (heartbeat) => void this.heartbeats.push(heartbeat),
        evidence: (evidence) => void this.evidence.push(evidence),
        requestCertificates: (height) => void this.requestedHeights.push(height),
      },
      chain: {
        finalHeight: () => this.finalHeight,
        validators: (height) => this.sets[epochOf(height)],
        wasMember: () => this.wasMember,
        valueToPropose: () => blockOf(this.finalHeight + 1),
        validity: () => "valid",
        finalize: (certificate) => {
          this.finalized.push(certificate);
          if (this.hasBlocks) this.finalHeight = certificate.height;
        },
        keepFuller: (certificate) => void this.fuller.push(certificate),
        flush: () => this.#flush(),
      },
    });
    this.gadget.start();
    this.#othersObserve(self);
  }

  get votes(): Signed<Vote>[] {
    return this.said.filter((message): message is Signed<Vote> => !("proof" in message));
  }

  blocksCame(): void {
    this.finalHeight = this.finalized.at(-1)!.height;
    this.gadget.moved();
  }

  async pass(ms: number): Promise<void> {
    await this.time.run(ms);
  }

  refusal(receive: (gadget: FinalityGadget) => void): {
    readonly code: string | undefined;
    readonly verified: number;
  } {
    const before = this.#verified;
    try {
      receive(this.gadget);
      return { code: undefined, verified: this.#verified - before };
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      return { code: codeAndReason(error), verified: this.#verified - before };
    }
  }

  hears(...votes: readonly Signed<Vote>[]): this {
    for (const vote of votes) this.gadget.receiveVote(vote);
    return this;
  }

  #othersObserve(self: number | undefined): void {
    if (this.gadget.signing !== "listening") return;
    const height = this.finalHeight + 1;
    for (const validator of this.areOthersThere ? [0, 1, 2, 3] : []) {
      if (validator === self) continue;
      this.refusal((gadget) =>
        gadget.receiveHeartbeat(heartbeatOf(validator, this.time.nowMs(), { height })),
      );
    }
    this.time.after(TIMES.repeatMs, () => this.#othersObserve(self));
  }

  async #flush(): Promise<void> {
    while (this.isFlushed === false) await this.time.wait(1);
    if (this.isFlushed === "failing") throw storageErrors.STORE_WRITE_FAILED({ file: "store" });
  }

  get #verified(): number {
    return this.sets.reduce((sum, { verified }) => sum + verified, 0);
  }
}

function epochOf(height: number): number {
  return Math.floor((height - 1) / 4);
}

export function voteOf(validator: number, change: Partial<Vote> = {}): Signed<Vote> {
  const height = change.height ?? 1;
  const message: Vote = {
    epoch: epochOf(height),
    height,
    round: 0,
    step: "precommit",
    value: blockOf(height),
    validator,
    ...change,
  };
  const signature = blsSign(voteSignedBytes(DOMAIN, message, message.value), secretOf(message.validator));
  return { message, signature };
}

export function heartbeatOf(
  validator: number,
  nowMs: number,
  change: Partial<Heartbeat> = {},
): Signed<Heartbeat> {
  const height = change.height ?? 1;
  const slot = Math.floor(nowMs / TIMES.repeatMs);
  const message: Heartbeat = { epoch: epochOf(height), height, slot, validator, ...change };
  return { message, signature: blsSign(heartbeatSignedBytes(DOMAIN, message), secretOf(message.validator)) };
}

export function proposalOf(
  set: ValidatorSet,
  height: number,
  round = 0,
  proof?: Certificate,
): ProvenProposal {
  const validator = set.proposer(height, round);
  const message: Proposal = {
    epoch: set.epoch,
    height,
    round,
    value: blockOf(height),
    validRound: proof?.round ?? -1,
    validator,
  };
  return {
    message,
    signature: blsSign(proposalSignedBytes(DOMAIN, message), secretOf(validator)),
    proof,
  };
}

export function certified(
  height: number,
  signers: readonly number[],
  change: Partial<Vote> = {},
): Certificate {
  const votes = signers.map((validator) => voteOf(validator, { height, ...change }));
  const { message } = votes[0]!;
  return certificateOf(message, message.value!, votes, 4);
}
