import type { Hex } from "@trellis/base";
import type { ChainBlock, ChainLog } from "@trellis/client";
import { z } from "zod";
import type { SimulationResult } from "../simulation/index.ts";
import { backtestErrors } from "./errors.ts";

export const RECORDING_FORMAT = "trellis-arbitrage-recording/1";

const hex = z
  .string()
  .regex(/^0x[0-9a-f]*$/)
  .transform((text) => text as Hex);
const amount = z
  .string()
  .regex(/^-?[0-9]{1,80}$/)
  .transform(BigInt);
const height = z.int().min(0);
const orNothing = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullable().transform((value) => value ?? undefined);
const block = z
  .strictObject({ height, hash: hex, parentHash: hex, timeSeconds: height, baseFeeWei: orNothing(amount) })
  .transform((read): ChainBlock => read);
const log = z
  .strictObject({
    address: hex,
    topics: z.array(hex),
    data: hex,
    transactionHash: hex,
    logIndex: height,
    block: z.strictObject({ height, hash: hex }),
  })
  .transform((read): ChainLog => read);
const balances = z.array(orNothing(amount));
const simulation = z
  .strictObject({
    before: balances,
    outcomes: z.array(z.strictObject({ isSuccess: z.boolean(), gasUsed: amount, output: hex, balances })),
  })
  .transform((read): SimulationResult => read);
const key = z.string().regex(/^[0-9a-f]{32}$/);

const session = z.strictObject({
  format: z.literal(RECORDING_FORMAT),
  chainId: z.int().min(1),
  arbitrageur: hex,
  executor: hex,
  owner: hex,
  isSimulated: z.boolean(),
});

const entry = z.union([
  z.tuple([z.literal("session"), session]),
  z.tuple([z.literal("head"), block]),
  z.tuple([z.literal("final"), orNothing(block)]),
  z.tuple([z.literal("block"), height, orNothing(block)]),
  z.tuple([z.literal("tip"), amount]),
  z.tuple([z.literal("blockLogs"), hex, z.array(log)]),
  z.tuple([z.literal("logs"), key, z.array(log)]),
  z.tuple([z.literal("call"), key, orNothing(hex)]),
  z.tuple([z.literal("simulation"), key, simulation]),
]);

export type RecordedSession = z.output<typeof session>;
export type RecordingEntry = z.output<typeof entry>;

export function writeEntry(value: RecordingEntry): string {
  const text = JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === "bigint") return String(item);
    return item === undefined ? null : item;
  });
  return `${text}\n`;
}

export function readEntry(text: string, line: number): RecordingEntry {
  const read = entry.safeParse(jsonOf(text));
  if (!read.success) throw backtestErrors.RECORDING_INVALID({ line });
  return read.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
