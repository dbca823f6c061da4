import { bytesToHex, hexToBytes } from "@trellis/base";
import { readActiveSet, STAKING_ADDRESS } from "@trellis/contracts";
import { keccak256 } from "@trellis/crypto";
import type { Certificate, FinalityProof, Hash, SetChange, StateReader } from "@trellis/protocol";
import type { StateStore } from "../../state/StateStore.ts";
import type { BlockStore } from "../../store/BlockStore.ts";
import type { ChainBatch } from "../../store/ChainBatch.ts";
import type { ChainTables } from "../../store/tables.ts";
import type { Epochs } from "../validatorSets/Epochs.ts";
import type { CertificateStore } from "./CertificateStore.ts";

interface SetChangesPorts {
  readonly tables: ChainTables;
  readonly blocks: BlockStore;
  readonly epochs: Epochs;
  readonly states: StateStore;
  readonly certificates: CertificateStore;
}

/** Epochs of the longest unbonding period, plus a margin. [FINAL-22] [GOV-1] */
const EPOCHS_KEPT = 66;

/** Proofs for light clients, created while the checkpoint's state exists. [FINAL-24] */
export class SetChanges {
  readonly #isArchive: boolean;
  readonly #ports: SetChangesPorts;

  constructor(isArchive: boolean, ports: SetChangesPorts) {
    this.#isArchive = isArchive;
    this.#ports = ports;
  }

  add(batch: ChainBatch, certificates: readonly Certificate[]): void {
    const { tables, epochs, states, blocks } = this.#ports;
    for (const certificate of certificates) {
      const { value } = certificate;
      if (!states.has(value)) continue;
      const epoch = epochs.epochAfter(value, states.reader(value));
      if (epoch === certificate.epoch || tables.setChanges.has(epoch)) continue;
      const change = { epoch, header: blocks.storedHeader(value), certificate, nodes: this.#proveSet(value) };
      batch.put(tables.setChanges, epoch, change);
      this.#deleteBefore(batch, epoch - EPOCHS_KEPT);
    }
  }

  #deleteBefore(batch: ChainBatch, epoch: number): void {
    const { setChanges } = this.#ports.tables;
    if (this.#isArchive || epoch <= 0) return;
    for (const [old] of setChanges.range({ to: epoch })) batch.delete(setChanges, old);
  }

  proof(fromEpoch: number, countMax: number): FinalityProof {
    const { tables, blocks, certificates } = this.#ports;
    const changes: SetChange[] = [];
    for (const [epoch, change] of tables.setChanges.range({ from: fromEpoch + 1, countMax })) {
      if (epoch !== fromEpoch + 1 + changes.length) break;
      changes.push(change);
    }
    const certificate = certificates.get(certificates.finalHeight);
    const header = certificate && blocks.header(certificate.value);
    const last = fromEpoch + changes.length;
    // The set of an epoch is known before it has certified a checkpoint.
    const isOfLast =
      certificate?.epoch === last || certificate?.height === tables.setChanges.get(last)?.certificate.height;
    return {
      changes,
      newest: header !== undefined && isOfLast ? { header, certificate: certificate! } : undefined,
    };
  }

  #proveSet(block: Hash): Uint8Array[] {
    const { states } = this.#ports;
    const slots = slotsOfSet(states.reader(block));
    const storage = states.storageTrie(block, STAKING_ADDRESS);
    const nodes = [
      ...states.accountTrie(block).prove(keccak256(hexToBytes(STAKING_ADDRESS))),
      ...slots.flatMap((slot) => storage.prove(keccak256(hexToBytes(slot)))),
    ];
    return [...new Map(nodes.map((node) => [bytesToHex(node), node])).values()];
  }
}

function slotsOfSet(state: StateReader): readonly Hash[] {
  const slots = new Set<Hash>();
  readActiveSet({
    account: (address) => state.account(address),
    storage(address, slot) {
      slots.add(slot);
      return state.storage(address, slot);
    },
    code: (codeHash) => state.code(codeHash),
  });
  return [...slots];
}
