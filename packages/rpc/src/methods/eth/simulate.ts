import type { BlockSimulation } from "@trellis/protocol";
import { planSimulation } from "../../calls/planSimulation.ts";
import { writeSimulation } from "../../calls/writeSimulation.ts";
import { blockParameter } from "../../decoding/blockParameter.ts";
import { simulationPayload } from "../../decoding/simulation.ts";
import { rpcErrors } from "../../errors.ts";
import { resolveHeader } from "../../reading/resolveBlock.ts";
import { defineExecution, optional, required, WEIGHTS } from "../Method.ts";

export const simulateMethods = [
  defineExecution({
    name: "eth_simulateV1",
    summary: "Executes calls in blocks after a block, each on the changes of those before.",
    weight: WEIGHTS.trace,
    params: [required("payload", simulationPayload), optional("block", blockParameter, "latest")],
    async handle({ chain, limits }, [payload, at], cancellation) {
      const { validates, logsTransfers, returnsTransactions } = payload;
      const { callGasMax } = limits;
      const { chainId } = chain.parameters;
      const parent = resolveHeader(chain, at);
      const blocks = planSimulation(parent, payload.blocks, { callGasMax, chainId });
      const request = { blocks, gasMax: callGasMax, validates, logsTransfers };
      const simulation = await chain.simulation.simulateBlocks(parent.hash, request, cancellation);
      if (simulation.kind === "refused") throw refusal(simulation);
      cancellation.used(simulation.blocks.reduce((sum, { gasUsed }) => sum + gasUsed, 0n));
      const shown = { chainId, returnsTransactions, limits };
      return writeSimulation(blocks, simulation.blocks, shown, cancellation.pacing);
    },
  }),
];

function refusal({ reason, block, call }: Extract<BlockSimulation, { kind: "refused" }>): Error {
  const words = reason.toLowerCase().replaceAll("_", " ");
  return rpcErrors.RPC_SIMULATION_REFUSED({
    problem: reason,
    reason: `block ${block}, call ${call}: ${words}`,
  });
}
