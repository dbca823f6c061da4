import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SimulationOptions } from "./chooseSwarm.ts";
import { typedOptions } from "./parseArguments.ts";
import type { SimulationResult } from "./SimulationResult.ts";

export function summaryOf(result: SimulationResult): string {
  const { seed, nodes, byzantine, blocks, reds, removed, crashes, messages, virtualS, digest, shards } =
    result;
  const parts = [
    `seed ${seed}: ${result.failure === undefined ? "ok" : "FAILED"}`,
    `${nodes} nodes (${byzantine} lying)`,
    ...(shards === undefined
      ? []
      : [
          `${shards.count} shards on ${shards.machines} machines`,
          `${shards.lies} lies`,
          `${shards.sent} sent, ${shards.delivered} delivered, ${shards.refunded} refunds`,
        ]),
    `${blocks} blocks (${reds} red)`,
    `${removed} removed in reorganisations`,
    `final ${result.finalNumber}`,
    ...(result.validators === 0
      ? []
      : [
          `${result.validators} validators`,
          `${result.checkpoints} checkpoints`,
          `${result.epochs} epochs`,
          `${result.punished} punished`,
        ]),
    `${result.transactions} transactions`,
    `${crashes} crashes`,
    `${result.bans} bans`,
    `${messages} messages`,
    `${virtualS.toFixed(1)} virtual s`,
    `${Math.round(result.wallMs)} ms`,
    `digest ${digest}`,
  ];
  return `${parts.join(", ")}\n  faults: ${result.faults.join(", ") || "none"}`;
}

export function failureOf(result: SimulationResult, options: SimulationOptions, directory: string): string {
  const { check, node, facts, event, atMs } = result.failure!;
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `seed-${result.seed}.trace`);
  writeFileSync(file, `${JSON.stringify({ ...result, trace: [] })}\n${result.trace.join("\n")}\n`);
  return [
    `seed ${result.seed} FAILED: ${check}`,
    `  ${node < 0 ? "the network" : `node ${node}`} at event ${event}, ${(atMs / 1_000).toFixed(3)} virtual s`,
    ...Object.entries(facts).map(([name, fact]) => `  ${name}: ${fact}`),
    `  faults: ${result.faults.join(", ") || "none"}`,
    `  trace: ${file}`,
    `  replay: npm run simulate -- ${typedOptions({ ...options, seed: result.seed })}`,
  ].join("\n");
}
