import type { StateExchange } from "@trellis/protocol";
import { trellisErrors } from "../errors.ts";

/** A chain that gives no states away and takes none over: every node executes from genesis. */
export const NO_STATES: StateExchange = {
  stateRange() {
    throw trellisErrors.DATA_DIRECTORY_EMPTY();
  },
  code: () => undefined,
  importHeaders: async () => [],
  adoption: () => undefined,
  adopt: async () => {
    throw trellisErrors.DATA_DIRECTORY_EMPTY();
  },
};
