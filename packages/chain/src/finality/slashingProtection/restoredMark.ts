import { existsSync, readFileSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { finalityErrors } from "../errors.ts";
import { JsonFields, type Refusal } from "./JsonFields.ts";
import type { RestoredLog } from "./SigningWatermark.ts";
import { ROUND_MAX } from "./signingPosition.ts";

const FILE = "restored.json";
const VERSION = 1;
const ROUND_MARGIN = 1_000;
/** Far more than validators can reach: each round waits for at least one timeout. */
const ROUNDS_PER_SECOND = 100;
const HEIGHTS_PER_SECOND = 100;

export interface LostTime {
  /** Time of the restored state. ms since the Unix epoch */
  readonly backupMs: number;
  readonly nowMs: number;
  /** Upper bound of the restored chain's checkpoints, for example its head's block number. */
  readonly height: number;
}

/** Bounds what a lost validator can have signed after the backup. [FINAL-28.2] */
export function resumptionAfter({ backupMs, nowMs, height }: LostTime): RestoredLog["resumption"] {
  const seconds = Math.ceil(Math.max(0, nowMs - backupMs) / 1_000);
  return {
    round: Math.min(ROUND_MARGIN + seconds * ROUNDS_PER_SECOND, ROUND_MAX - ROUND_MARGIN),
    height: height + 1 + seconds * HEIGHTS_PER_SECOND,
  };
}

/** Call before a restored validator can start. [FINAL-28] */
export async function markRestored(directory: string, { resumption }: RestoredLog): Promise<void> {
  const text = JSON.stringify({ version: VERSION, resumption: resumption ?? null });
  const file = await open(join(directory, FILE), "w", 0o600);
  try {
    await file.writeFile(`${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** @throws VOTE_LOG_UNUSABLE */
export function readRestoredMark(directory: string): RestoredLog | undefined {
  const path = join(directory, FILE);
  if (!existsSync(path)) return undefined;
  const refusal: Refusal = (reason) => finalityErrors.VOTE_LOG_UNUSABLE({ reason, path });
  const fields = JsonFields.parse(readFileSync(path, "utf8"), refusal);
  fields.exactly("version", VERSION);
  const resumption = fields.objectOrNull("resumption");
  fields.finish();
  if (resumption === undefined) return {};
  const bounds = {
    round: resumption.integer("round", 0, ROUND_MAX),
    height: resumption.integer("height", 0),
  };
  resumption.finish();
  return { resumption: bounds };
}

export function removeRestoredMark(directory: string): Promise<void> {
  return rm(join(directory, FILE), { force: true });
}
