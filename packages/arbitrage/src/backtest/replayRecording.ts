import type { Hex } from "@trellis/base";
import type { ChainBlock, ChainLog } from "@trellis/client";
import type { SimulationResult } from "../simulation/index.ts";
import { type RecordedSession, type RecordingEntry, readEntry } from "./entries.ts";
import { backtestErrors } from "./errors.ts";
import type { EngineMarket } from "./Market.ts";
import { questionKey, simulationKey } from "./questionKey.ts";
import type { PastMarket } from "./runBacktest.ts";

/** Keyed by request, and by head if the answer depends on the head. */
interface Answers {
  readonly session: RecordedSession;
  readonly heads: readonly ChainBlock[];
  readonly blocks: Timeline<ChainBlock | undefined>;
  readonly finals: Timeline<ChainBlock | undefined>;
  readonly tips: Timeline<bigint>;
  readonly blockLogs: ReadonlyMap<string, readonly ChainLog[]>;
  readonly logs: ReadonlyMap<string, readonly ChainLog[]>;
  readonly calls: ReadonlyMap<string, Hex | undefined>;
  readonly simulations: ReadonlyMap<string, SimulationResult>;
}

/** @throws RECORDING_INVALID */
export function replayRecording(text: string): PastMarket & { readonly session: RecordedSession } {
  const answers = readAnswers(text);
  let place = 0;
  return {
    session: answers.session,
    market: marketOf(answers, () => place),
    head: async () => answers.heads[place],
    async advance() {
      if (place + 1 >= answers.heads.length) return false;
      place += 1;
      return true;
    },
  };
}

function marketOf(answers: Answers, place: () => number): EngineMarket {
  const missing = (question: string) => {
    const at = answers.heads[place()];
    return backtestErrors.RECORDING_WITHOUT_ANSWER({ question, height: at?.height });
  };
  const unused = (question: string) => async (): Promise<never> => {
    throw missing(question);
  };
  const found = <T>(known: ReadonlyMap<string, T>, key: string, question: string): T => {
    if (!known.has(key)) throw missing(question);
    return known.get(key) as T;
  };
  return {
    client: {
      name: "recording",
      chainId: async () => answers.session.chainId,
      async block(at) {
        if (at === "latest") return answers.heads[place()];
        const key = typeof at === "number" ? String(at) : "final";
        const timeline = typeof at === "number" ? answers.blocks : answers.finals;
        const answer = timeline.at(key, place());
        if (answer === undefined) throw missing(`block ${at}`);
        return answer.value;
      },
      call: async (to, data, blockHash) =>
        found(answers.calls, questionKey([to, data, blockHash]), `call of ${to}`),
      logs: async (filter) => found(answers.logs, questionKey([filter]), `logs of ${filter.address}`),
      async suggestedTipWei() {
        const answer = answers.tips.at("tip", place());
        if (answer === undefined) throw missing("tip");
        return answer.value;
      },
      blockHash: unused("block hash"),
      balance: unused("balance"),
      code: unused("code"),
      nextNonce: unused("nonce"),
      receipt: unused("receipt"),
      hasTransaction: unused("transaction"),
      estimateGas: unused("gas"),
      send: unused("sending"),
    },
    blockLogs: async ({ hash, height }) => found(answers.blockLogs, hash, `logs of block ${height}`),
    simulator: {
      name: "recording",
      simulate: async (input) => found(answers.simulations, simulationKey(input), "simulation"),
    },
  };
}

class Timeline<T> {
  readonly #answers = new Map<string, { readonly place: number; readonly value: T }[]>();

  add(key: string, place: number, value: T): void {
    const known = this.#answers.get(key) ?? [];
    known.push({ place, value });
    this.#answers.set(key, known);
  }

  at(key: string, place: number): { readonly value: T } | undefined {
    return this.#answers.get(key)?.findLast((answer) => answer.place <= place);
  }
}

function readAnswers(text: string): Answers {
  const maps = {
    blockLogs: new Map<string, readonly ChainLog[]>(),
    logs: new Map<string, readonly ChainLog[]>(),
    calls: new Map<string, Hex | undefined>(),
    simulations: new Map<string, SimulationResult>(),
    blocks: new Timeline<ChainBlock | undefined>(),
    finals: new Timeline<ChainBlock | undefined>(),
    tips: new Timeline<bigint>(),
    heads: [] as ChainBlock[],
  };
  const lines = text.split("\n");
  lines.pop();
  const [first, ...rest] = lines.map((line, place) => readEntry(line, place + 1));
  if (first?.[0] !== "session") throw backtestErrors.RECORDING_INVALID({ line: 1, expected: "session" });
  for (const entry of rest) keep(entry, maps);
  if (maps.heads.length === 0) throw backtestErrors.RECORDING_INVALID({ expected: "a head" });
  return { session: first[1], ...maps };
}

function keep(
  entry: RecordingEntry,
  maps: {
    readonly heads: ChainBlock[];
    readonly blocks: Timeline<ChainBlock | undefined>;
    readonly finals: Timeline<ChainBlock | undefined>;
    readonly tips: Timeline<bigint>;
    readonly blockLogs: Map<string, readonly ChainLog[]>;
    readonly logs: Map<string, readonly ChainLog[]>;
    readonly calls: Map<string, Hex | undefined>;
    readonly simulations: Map<string, SimulationResult>;
  },
): void {
  const place = Math.max(0, maps.heads.length - 1);
  const [kind] = entry;
  if (kind === "head") maps.heads.push(entry[1]);
  if (kind === "final") maps.finals.add("final", place, entry[1]);
  if (kind === "block") maps.blocks.add(String(entry[1]), place, entry[2]);
  if (kind === "tip") maps.tips.add("tip", place, entry[1]);
  if (kind === "blockLogs") maps.blockLogs.set(entry[1], entry[2]);
  if (kind === "logs") maps.logs.set(entry[1], entry[2]);
  if (kind === "call") maps.calls.set(entry[1], entry[2]);
  if (kind === "simulation") maps.simulations.set(entry[1], entry[2]);
}
