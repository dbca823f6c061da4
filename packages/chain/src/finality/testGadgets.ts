import { isTrellisError, type Scheduler, silentLog } from "@trellis/base";
import { blsPublicKey, blsSecretFromSeed, keccak256Hex } from "@trellis/crypto";
import type { Certificate, Evidence, Hash, ProvenProposal, Signed, Vote } from "@trellis/protocol";
import { FinalityGadget } from "./FinalityGadget.ts";
import { ProtectedSigner } from "./protection/ProtectedSigner.ts";
import type { VoteRecord } from "./protection/VoteRecord.ts";
import { ValidatorSet } from "./ValidatorSet.ts";

export type Sent =
  | { readonly kind: "proposal"; readonly proposal: ProvenProposal }
  | { readonly kind: "vote"; readonly vote: Signed<Vote> }
  | { readonly kind: "certificate"; readonly certificate: Certificate };

export const CHAIN_ID = 9n;
const TIMES = { proposeMs: 400, prevoteMs: 200, precommitMs: 200, growthMs: 100, repeatMs: 300 };
/** Blocks on the one chain that all of them see, each a little later than the others. */
const BLOCK_MS = 500;

export function secretOf(validator: number): Uint8Array {
  return blsSecretFromSeed(new Uint8Array(32).fill(validator + 1));
}

/** The block that may become checkpoint `height`. */
export function blockOf(height: number): Hash {
  return keccak256Hex(new TextEncoder().encode(`block ${height}`));
}

export class VirtualTime implements Scheduler {
  readonly #tasks: { readonly at: number; readonly order: number; readonly task: () => void }[] = [];
  #order = 0;
  now = 0;

  after(delayMs: number, task: () => void) {
    const entry = { at: this.now + delayMs, order: this.#order++, task };
    this.#tasks.push(entry);
    return {
      cancel: () => {
        const index = this.#tasks.indexOf(entry);
        if (index >= 0) this.#tasks.splice(index, 1);
      },
    };
  }

  /** Until `isOver`, or nothing is left, or the time is up; promises that are ready come before the next task. */
  async run(untilMs: number, isOver: () => boolean): Promise<void> {
    while (this.#tasks.length > 0 && !isOver()) {
      const next = this.#tasks.reduce((a, b) =>
        b.at < a.at || (b.at === a.at && b.order < a.order) ? b : a,
      );
      if (next.at > untilMs) return;
      this.#tasks.splice(this.#tasks.indexOf(next), 1);
      this.now = next.at;
      next.task();
      for (let turn = 0; turn < 8; turn++) await Promise.resolve();
    }
  }
}

/** Validators with gadgets on one chain that grows; what they send goes through `carry`. */
export class Assembly {
  readonly time = new VirtualTime();
  readonly set: ValidatorSet;
  readonly evidence: Evidence[] = [];
  readonly refusals: string[] = [];
  readonly members: Member[];
  readonly #carry: (from: number, sent: Sent) => void;

  constructor(powers: readonly bigint[], carry: (assembly: Assembly, from: number, sent: Sent) => void) {
    this.set = new ValidatorSet(
      CHAIN_ID,
      0,
      powers.map((power, index) => ({ publicKey: blsPublicKey(secretOf(index)), power })),
    );
    this.#carry = (from, sent) => carry(this, from, sent);
    this.members = powers.map((_, index) => new Member(this, index));
    for (const member of this.members) member.begin();
  }

  send(from: number, sent: Sent): void {
    this.#carry(from, sent);
  }

  /** How far the slowest of these members is. */
  slowest(members: readonly number[]): number {
    return Math.min(...members.map((index) => this.members[index]!.finalHeight));
  }
}

export class Member {
  readonly #assembly: Assembly;
  readonly #index: number;
  readonly certificates = new Map<number, Certificate>();
  gadget: FinalityGadget | undefined;
  record: VoteRecord | undefined;
  finalHeight = 0;
  /** Blocks come this much later. */
  lagMs = 0;

  constructor(assembly: Assembly, index: number) {
    this.#assembly = assembly;
    this.#index = index;
  }

  /** Starts, or starts again with what was stored. */
  begin(): void {
    const { time, set } = this.#assembly;
    this.gadget?.stop();
    const log = {
      load: () => this.record,
      save: async (record: VoteRecord) => {
        this.record = record;
      },
    };
    const isHere = (height: number): boolean => time.now - this.lagMs >= height * BLOCK_MS;
    const send = (sent: Sent): void => this.#assembly.send(this.#index, sent);
    this.gadget = new FinalityGadget(TIMES, new ProtectedSigner(CHAIN_ID, secretOf(this.#index), log), {
      scheduler: time,
      log: silentLog,
      outbox: {
        proposal: (proposal) => send({ kind: "proposal", proposal }),
        vote: (vote) => send({ kind: "vote", vote }),
        certificate: (certificate) => send({ kind: "certificate", certificate }),
        evidence: (evidence) => this.#assembly.evidence.push(evidence),
        behind: (height) => this.#catchUp(height),
      },
      chain: {
        finalHeight: () => this.finalHeight,
        validators: () => set,
        valueToPropose: () => (isHere(this.finalHeight + 1) ? blockOf(this.finalHeight + 1) : undefined),
        validity: (value) => {
          if (!isHere(this.finalHeight + 1)) return "unknown";
          return value === blockOf(this.finalHeight + 1) ? "valid" : "invalid";
        },
        finalize: (certificate) => {
          this.certificates.set(certificate.height, certificate);
          this.finalHeight = certificate.height;
        },
        keepFuller: (certificate) => this.certificates.set(certificate.height, certificate),
      },
    });
    this.gadget.start();
    this.#look(this.gadget);
  }

  receive(sent: Sent): void {
    try {
      if (sent.kind === "vote") this.gadget!.receiveVote(sent.vote);
      else if (sent.kind === "proposal") this.gadget!.receiveProposal(sent.proposal);
      else this.gadget!.receiveCertificate(sent.certificate);
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      this.#assembly.refusals.push(error.code);
    }
  }

  /** Blocks come. */
  #look(gadget: FinalityGadget): void {
    this.#assembly.time.after(BLOCK_MS / 2, () => {
      if (this.gadget !== gadget) return;
      gadget.moved();
      this.#look(gadget);
    });
  }

  /** Asks everybody for the certificates that it lacks. */
  #catchUp(height: number): void {
    this.#assembly.time.after(50, () => {
      for (const { certificates } of this.#assembly.members) {
        const certificate = certificates.get(Math.max(height, this.finalHeight + 1));
        if (certificate !== undefined) return this.receive({ kind: "certificate", certificate });
      }
    });
  }
}
