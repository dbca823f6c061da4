import { readActiveSet, readEpoch, STAKING_ADDRESS } from "@trellis/contracts";
import type { AccountProof, Certificate, ChainView, Hash, StateReader } from "@trellis/protocol";
import type { LightUpdate } from "./TrustedCheckpoint.ts";

/** What of a chain light clients are told. */
export type LightSource = Pick<ChainView, "block" | "stateAt" | "proofAt">;

/** Proves who votes after a block. @throws STATE_UNAVAILABLE */
export function proveSet(source: LightSource, block: Hash): AccountProof {
  const state = source.stateAt(block);
  const slots = new Set<Hash>();
  const recorder: StateReader = {
    account: (address) => state.account(address),
    storage(address, slot) {
      slots.add(slot);
      return state.storage(address, slot);
    },
    code: (codeHash) => state.code(codeHash),
  };
  readActiveSet(recorder);
  return source.proofAt(block, STAKING_ADDRESS, [...slots]);
}

/**
 * The updates that lead over these certificates: of each epoch the one after which the set changes, with its proof, and
 * the newest. A node that prunes makes each while it has the block's state.
 * @param certificates ascending, of blocks that are here
 * @throws STATE_UNAVAILABLE
 */
export function* buildUpdates(
  source: LightSource,
  certificates: Iterable<Certificate>,
): Iterable<LightUpdate> {
  let newest: LightUpdate | undefined;
  for (const certificate of certificates) {
    const { value, epoch } = certificate;
    const header = source.block(value)?.header;
    if (header === undefined) continue;
    newest = { header, certificate };
    if (readEpoch(source.stateAt(value)).epoch === epoch) continue;
    yield { ...newest, setProof: proveSet(source, value) };
    newest = undefined;
  }
  if (newest !== undefined) yield newest;
}
