import { readFile } from "node:fs/promises";
import { readScreeningFile } from "@trellis/arbitrage/service/screening";
import { isTrellisError, type TrellisError } from "@trellis/base";
import { readNotificationPlan } from "@trellis/platform/notify";
import { parseReservesPlan } from "@trellis/reserves/readings";
import { reservesErrors } from "@trellis/reserves/service/errors";
import { readRetentionSchedule } from "@trellis/reserves/service/retention";
import type { Section } from "./inspectSections.ts";

const READERS: Readonly<Record<string, (path: string) => unknown>> = {
  "reserves.chains": async (path) => parseReservesPlan(await textOf(path)),
  "reserves.notify": readNotificationPlan,
  "reserves.retention": readRetentionSchedule,
  "arbitrage.notify": readNotificationPlan,
  "arbitrage.screening.file": readScreeningFile,
};

export async function fileProblems({ name, settings }: Section): Promise<readonly TrellisError[]> {
  const problems: TrellisError[] = [];
  for (const [key, value] of settings.flatMap(withMembers)) {
    const read = READERS[`${name}.${key}`];
    if (read === undefined || typeof value !== "string" || value === "") continue;
    try {
      await read(value);
    } catch (error) {
      if (!isTrellisError(error)) throw error;
      problems.push(error);
    }
  }
  return problems;
}

function withMembers({ key, value }: Section["settings"][number]): [string, unknown][] {
  const isObject = typeof value === "object" && value !== null;
  const members = isObject ? Object.entries(value) : [];
  return [[key, value], ...members.map(([name, part]): [string, unknown] => [`${key}.${name}`, part])];
}

async function textOf(place: string): Promise<string> {
  try {
    return await readFile(place, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw reservesErrors.RESERVES_SOURCE_UNREADABLE({ place, reason }, cause);
  }
}
