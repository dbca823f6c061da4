import { readEpoch } from "@trellis/contracts";
import type { Certificate, Hash, StateReader } from "@trellis/protocol";
import { namedFinal } from "../consensus/rules/finalNames.ts";
import type { ChainFinalityPorts, ImportQueue } from "./ChainFinalityPorts.ts";
import type { Backing, Validity } from "./tendermint/CheckpointVote.ts";
import type { FinalityChain } from "./tendermint/FinalityPorts.ts";
import type { Voters } from "./validatorSets/Epochs.ts";
import type { ValidatorSet } from "./validatorSets/ValidatorSet.ts";

type CheckpointsPorts = Omit<ChainFinalityPorts, "tables" | "setChanges" | "clock" | "metrics" | "tracing">;

export class Checkpoints implements FinalityChain {
  readonly #ports: CheckpointsPorts;
  readonly #queue: ImportQueue;
  readonly #beingFinalized = new Set<number>();

  constructor(ports: CheckpointsPorts, queue: ImportQueue) {
    this.#ports = ports;
    this.#queue = queue;
  }

  /** [FINAL-9] */
  finalHeight(): number {
    const { certificates, epochs, states } = this.#ports;
    if (this.#queue.awaitsState || !epochs.hasStaking) return certificates.finalHeight;
    const { isHandedOver, epoch } = readEpoch(states.reader(states.baseHash));
    return isHandedOver ? certificates.finalHeight : Math.max(certificates.finalHeight, epoch);
  }

  isHandedOver(): boolean {
    if (this.#queue.awaitsState) return false;
    return readEpoch(this.#ports.states.reader(this.#queue.sink)).isHandedOver;
  }

  validators(height: number): ValidatorSet | undefined {
    return height === this.finalHeight() + 1 ? this.voters()?.set : undefined;
  }

  voters(): Voters | undefined {
    const { epochs, states } = this.#ports;
    if (this.#queue.awaitsState || !epochs.hasStaking) return undefined;
    const base = states.baseHash;
    const state = states.reader(base);
    return epochs.votersAfter(base, state, this.#votingEpoch(base, state));
  }

  /** [FINAL-25] */
  #votingEpoch(base: Hash, state: StateReader): number {
    const { certificates, blocks } = this.#ports;
    const { epoch, startNumber, isHandedOver } = readEpoch(state);
    const height = certificates.finalHeight;
    if (height === 0 || !isHandedOver) return epoch;
    const checkpoint = certificates.get(height)?.value ?? namedFinal(this.#ports, base);
    const number = blocks.header(checkpoint)?.number ?? startNumber;
    return number < startNumber ? epoch - 1 : epoch;
  }

  wasMember(publicKey: Uint8Array): boolean {
    const { certificates, epochs, states } = this.#ports;
    if (this.#queue.awaitsState) return false;
    const base = states.baseHash;
    const certified = new Set(certificates.recent().map(({ epoch }) => epoch));
    return [...certified].some(
      (epoch) => epochs.votersAfter(base, states.reader(base), epoch)?.set.indexOf(publicKey) !== undefined,
    );
  }

  valueToPropose(): Hash | undefined {
    const { finalLimit, chainDag } = this.#ports;
    const { dag } = chainDag;
    const { depth } = this.#ports.parameters.votes;
    const { sink } = this.#queue;
    const value = dag.chainBlockAtDepth(sink, depth);
    const isDeep = dag.blueScore(value) + depth <= dag.blueScore(sink);
    return isDeep && this.#isFarEnough(value) && finalLimit.allows(value) ? value : undefined;
  }

  validity(value: Hash, backing: Backing): Validity {
    const { blocks, chainDag } = this.#ports;
    if (!chainDag.dag.has(value) || blocks.isUnstored(value)) return "unknown";
    if (!this.#isFarEnough(value)) return "invalid";
    const isOnChain = chainDag.dag.isChainAncestor(value, this.#queue.sink);
    return isOnChain || (backing === "prevotes" && this.#canBeSelected(value)) ? "valid" : "invalid";
  }

  /** Accepts unexecuted blocks, because the prevoting validators have executed them. */
  #canBeSelected(value: Hash): boolean {
    const { blocks, chainDag, states } = this.#ports;
    for (let hash = value; !states.has(hash); hash = chainDag.selectedParent(hash)!) {
      if (blocks.isDisqualified(hash)) return false;
    }
    return true;
  }

  finalize(certificate: Certificate): void {
    const { height, value } = certificate;
    this.#queue
      .finalize(certificate)
      .catch((error: Error) => {
        this.#ports.log.error("checkpoint.finalizeFailed", { height, block: value, error });
      })
      .finally(() => this.#beingFinalized.delete(height));
  }

  keepFuller(certificate: Certificate): void {
    this.#queue.keepCertificate(certificate).catch((error: Error) => {
      this.#ports.log.error("certificate.storeFailed", { height: certificate.height, error });
    });
  }

  flush(): Promise<void> {
    return this.#ports.store.flush();
  }

  finalizeAwaited(): void {
    const { certificates, chainDag, finalLimit } = this.#ports;
    if (this.#queue.awaitsState) return;
    for (const certificate of certificates.awaited) {
      const { value, height } = certificate;
      if (!chainDag.dag.has(value) || !finalLimit.allows(value)) continue;
      if (this.#beingFinalized.has(height)) continue;
      this.#beingFinalized.add(height);
      this.finalize(certificate);
    }
  }

  #isFarEnough(value: Hash): boolean {
    const { chainDag, states, parameters } = this.#ports;
    const { dag } = chainDag;
    const last = states.baseHash;
    const isAbove = dag.isChainAncestor(last, value);
    return isAbove && dag.blueScore(value) >= dag.blueScore(last) + parameters.votes.interval;
  }
}
