import {
  type Certificate,
  createGenesis,
  type Evidence,
  type FinalityProof,
  type FinalityStatus,
  type Hash,
  sim,
  ZERO_HASH,
} from "@trellis/protocol";
import type { FinalityService } from "../ports.ts";

const hash: Hash = `0x${"ab".repeat(32)}`;

export class FakeFinality implements FinalityService {
  readonly reported: Evidence[] = [];

  current: FinalityStatus = {
    epoch: 3,
    validators: [4n, 2n].map((power, index) => ({
      index,
      address: `0x${String(index + 1).repeat(40)}` as const,
      publicKey: new Uint8Array(48).fill(index),
      power: power * 10n ** 18n,
      signed: index === 0 ? 7 : 2,
      missed: index === 0 ? 0 : 5,
    })),
    self: undefined,
    finalized: { height: 7, hash, number: 20 },
    vote: { height: 8, round: 1, step: "prevote" },
    lagBlocks: 4,
    lagMs: 1_500,
    isFinalizing: true,
  };

  status(): FinalityStatus {
    return this.current;
  }

  certificate(height: number): Certificate | undefined {
    if (height !== 7) return undefined;
    const ballot = { epoch: 3, height, round: 0, step: "precommit" as const };
    return { ...ballot, value: hash, signers: Uint8Array.of(1), signature: new Uint8Array(96) };
  }

  proof(fromEpoch: number): FinalityProof {
    const header = createGenesis(sim, ZERO_HASH).header;
    const checkpoint = { header, certificate: this.certificate(7)! };
    if (fromEpoch !== 2) return { changes: [], newest: checkpoint };
    return { changes: [{ ...checkpoint, epoch: 3, nodes: [Uint8Array.of(0xc0)] }], newest: undefined };
  }

  submitEvidence(evidence: Evidence): void {
    this.reported.push(evidence);
  }
}
