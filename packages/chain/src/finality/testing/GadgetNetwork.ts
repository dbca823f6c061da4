import { isTrellisError, silentLog } from "@trellis/base";
import { blsPublicKey, blsSecretFromSeed, keccak256Hex } from "@trellis/crypto";
import { settlePromises, VirtualTime } from "@trellis/kit/time";
import type {
  Certificate,
  Evidence,
  Hash,
  Heartbeat,
  ProvenProposal,
  Signed,
  Vote,
  VoteDomain,
} from "@trellis/protocol";
import { codeAndReason } from "../../store/testing/codeAndReason.ts";
import { FinalityGadget } from "../FinalityGadget.ts";
import { ProtectedSigner } from "../slashingProtection/ProtectedSigner.ts";
import type { RestoredLog, SigningWatermark } from "../slashingProtection/SigningWatermark.ts";
import { ValidatorSet } from "../validatorSets/ValidatorSet.ts";

export type Sent =
  | { readonly kind: "proposal"; readonly proposal: ProvenProposal }
  | { readonly kind: "vote"; readonly vote: Signed<Vote> }
  | { readonly kind: "heartbeat"; readonly heartbeat: Signed<Heartbeat> }
  | { readonly kind: "certificate"; readonly certificate: Certificate };

export const DOMAIN: VoteDomain = { chainId: 9n, genesisHash: `0x${"09".repeat(32)}` };
const TIMES = { proposeMs: 400, prevoteMs: 200, precommitMs: 200, growthMs: 100, repeatMs: 300 };
const BLOCK_MS = 500;

export function secretOf(validator: number): Uint8Array {
  return blsSecretFromSeed(new Uint8Array(32).fill(validator + 1));
}

export function blockOf(height: number, branch = ""): Hash {
  return keccak256Hex(new TextEncoder().encode(`block ${height}${branch}`));
}

export function carryToAll(network: GadgetNetwork, from: number, sent: Sent): void {
  network.members.forEach((member, to) => {
    if (to !== from) network.time.after(20, () => member.receive(sent));
  });
}

export class GadgetNetwork {
  readonly time = new VirtualTime(0, settlePromises);
  readonly set: ValidatorSet;
  readonly evidence: Evidence[] = [];
  readonly refusals: string[] = [];
  readonly members: Member[];
  branch = "";
  #stoppedMs: number | undefined;
  readonly #carry: (from: number, sent: Sent) => void;

  constructor(powers: readonly bigint[], carry: (network: GadgetNetwork, from: number, sent: Sent) => void) {
    this.set = new ValidatorSet(
      DOMAIN,
      0,
      powers.map((power, index) => ({ publicKey: blsPublicKey(secretOf(index)), power })),
    );
    this.#carry = (from, sent) => carry(this, from, sent);
    this.members = powers.map((_, index) => new Member(this, index));
    for (const member of this.members) member.begin();
  }

  stopBlocks(): void {
    this.#stoppedMs ??= this.time.nowMs();
  }

  goOn(): void {
    this.#stoppedMs = undefined;
  }

  isHere(height: number, lagMs: number): boolean {
    return (this.#stoppedMs ?? this.time.nowMs()) - lagMs >= height * BLOCK_MS;
  }

  addCopy(index: number): Member {
    const copy = new Member(this, this.members.length, index);
    this.members.push(copy);
    copy.finalHeight = this.members[index]!.finalHeight;
    copy.begin();
    return copy;
  }

  send(from: number, sent: Sent): void {
    this.#carry(from, sent);
  }

  slowest(members: readonly number[]): number {
    return Math.min(...members.map((index) => this.members[index]!.finalHeight));
  }
}

export class Member {
  readonly #network: GadgetNetwork;
  readonly #index: number;
  readonly #validator: number;
  readonly certificates = new Map<number, Certificate>();
  gadget: FinalityGadget | undefined;
  record: SigningWatermark | undefined;
  restored: RestoredLog | undefined;
  finalHeight = 0;
  lagMs = 0;

  constructor(network: GadgetNetwork, index: number, validator = index) {
    this.#network = network;
    this.#index = index;
    this.#validator = validator;
  }

  begin(): void {
    const { time, set } = this.#network;
    this.gadget?.stop();
    const log = {
      restored: this.restored,
      load: () => this.record,
      save: async (record: SigningWatermark) => {
        this.record = record;
      },
      settle: async () => {
        this.restored = undefined;
      },
    };
    const isHere = (height: number): boolean => this.#network.isHere(height, this.lagMs);
    const next = (): Hash => blockOf(this.finalHeight + 1, this.#network.branch);
    const send = (sent: Sent): void => this.#network.send(this.#index, sent);
    this.gadget = new FinalityGadget(TIMES, [new ProtectedSigner(DOMAIN, secretOf(this.#validator), log)], {
      clock: time,
      scheduler: time,
      log: silentLog,
      outbox: {
        proposal: (proposal) => send({ kind: "proposal", proposal }),
        vote: (vote) => send({ kind: "vote", vote }),
        certificate: (certificate) => send({ kind: "certificate", certificate }),
        heartbeat: (heartbeat) => send({ kind: "heartbeat", heartbeat }),
        evidence: (evidence) => this.#network.evidence.push(evidence),
        requestCertificates: (height) => this.#catchUp(height),
      },
      chain: {
        finalHeight: () => this.finalHeight,
        validators: () => set,
        wasMember: () => this.finalHeight > 0,
        valueToPropose: () => (isHere(this.finalHeight + 1) ? next() : undefined),
        validity: (value) => {
          if (!isHere(this.finalHeight + 1)) return "unknown";
          return value === next() ? "valid" : "invalid";
        },
        finalize: (certificate) => {
          this.certificates.set(certificate.height, certificate);
          this.finalHeight = certificate.height;
        },
        keepFuller: (certificate) => this.certificates.set(certificate.height, certificate),
        flush: async () => {},
      },
    });
    this.gadget.start();
    this.#look(this.gadget);
  }

  receive(sent: Sent): void {
    try {
      if (sent.kind === "vote") this.gadget!.receiveVote(sent.vote);
      else if (sent.kind === "proposal") this.gadget!.receiveProposal(sent.proposal);
      else if (sent.kind === "heartbeat") this.gadget!.receiveHeartbeat(sent.heartbeat);
      else this.gadget!.receiveCertificate(sent.certificate);
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      this.#network.refusals.push(codeAndReason(error));
    }
  }

  #look(gadget: FinalityGadget): void {
    this.#network.time.after(BLOCK_MS / 2, () => {
      if (this.gadget !== gadget) return;
      gadget.moved();
      this.#look(gadget);
    });
  }

  #catchUp(height: number): void {
    this.#network.time.after(50, () => {
      for (const { certificates } of this.#network.members) {
        const certificate = certificates.get(Math.max(height, this.finalHeight + 1));
        if (certificate !== undefined) return this.receive({ kind: "certificate", certificate });
      }
    });
  }
}
