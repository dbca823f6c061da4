import type { Address, StateReader } from "@trellis/protocol";

/** `hasStorage` is for EIP-7610. By default, only contracts have storage. */
export interface EngineState extends StateReader {
  hasStorage?(address: Address): boolean;
}

const NO_BYTES = new Uint8Array(0);

export const NO_STATE: EngineState = {
  account: () => undefined,
  storage: () => 0n,
  code: () => NO_BYTES,
};
