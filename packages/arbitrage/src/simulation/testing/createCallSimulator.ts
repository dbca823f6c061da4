import type { StateClient } from "@trellis/client";
import { probeCall, readProbe } from "../probeCall.ts";
import type { Simulator } from "../Simulator.ts";

/** [ARB-11] */
export function createCallSimulator(client: StateClient): Simulator {
  return {
    name: client.name,
    async simulate(input) {
      const call = probeCall(input);
      return readProbe(await client.callOverridden(call, input.block.hash), call, client.name);
    },
  };
}
