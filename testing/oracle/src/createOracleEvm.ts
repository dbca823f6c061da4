import type { Evm } from "@trellis/protocol";
import { runBlock } from "./block/runBlock.ts";
import { traceBlock } from "./block/traceBlock.ts";
import { call } from "./calls/call.ts";
import { createAccessList } from "./calls/createAccessList.ts";
import { estimateGas } from "./calls/estimateGas.ts";
import { freeIfUnpaid } from "./calls/prepareCall.ts";
import { traceCall } from "./calls/traceCall.ts";
import { MachinePool } from "./machine/MachinePool.ts";

/** Without sequences of calls, which repeat single calls. */
export type OracleEvm = Omit<Evm, "traceCalls" | "simulateBlocks">;

/** `@ethereumjs/evm` and `@ethereumjs/vm` are independent of Trellis's engine. */
export function createOracleEvm(): OracleEvm {
  const pool = new MachinePool();
  return {
    runBlock: (input) => pool.run(input, (machine) => runBlock(machine, input)),
    traceBlock: (input, tracer, only) =>
      pool.run(input, (machine) => traceBlock(machine, input, tracer, only)),
    call(input) {
      const free = freeIfUnpaid(input);
      return pool.run(free, (machine) => call(machine, free));
    },
    estimateGas(input) {
      const free = freeIfUnpaid(input);
      return pool.run(free, (machine) => estimateGas(machine, free));
    },
    createAccessList(input) {
      const free = freeIfUnpaid(input);
      return pool.run(free, (machine) => createAccessList(machine, free));
    },
    traceCall(input, tracer) {
      const free = freeIfUnpaid(input);
      return pool.run(free, (machine) => traceCall(machine, free, tracer));
    },
  };
}
