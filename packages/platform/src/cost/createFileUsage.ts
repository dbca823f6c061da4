import { type Log, SerialQueue } from "@trellis/base";
import { z } from "zod";
import { DayCallers } from "./DayCallers.ts";
import { dayOf, monthOf } from "./day.ts";
import type { StorageSample } from "./forecastStorage.ts";
import { amount } from "./money.ts";
import type { Prices } from "./prices.ts";
import { type CallerUsage, OTHER, OTHER_TENANT, type Usage } from "./Usage.ts";
import type { UsageFiles } from "./UsageFiles.ts";
import type { DayUsage } from "./UsageMeter.ts";
import type { Grouping, ServiceSample, UsageQuery, UsageRow, UsageStore } from "./UsageStore.ts";

const FORMAT = 1;
const count = z.int().min(0);
const prices: z.ZodType<Prices> = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/),
  cpuHour: amount,
  millionRequests: amount,
  gigabyte: amount,
  gigabyteMonth: amount,
  gasToken: amount,
});
const caller = z
  .strictObject({
    tenant: z.string().optional(),
    key: z.string(),
    requests: count,
    bytesIn: count,
    bytesOut: count,
  })
  .transform((one): CallerUsage => ({ ...one, tenant: one.tenant }));
const dayContent = z.strictObject({
  format: z.literal(FORMAT),
  cpuMicros: count,
  gasWei: z.string().regex(/^\d{1,78}$/),
  storedBytes: count,
  usedBytes: count,
  sampledMs: z.int(),
  prices,
  isReported: z.boolean(),
  callers: z.array(caller),
});
type DayContent = z.infer<typeof dayContent>;
const reachedContent = z.strictObject({ format: z.literal(FORMAT), keys: z.array(z.string()) });

const NEW_DAY = { format: FORMAT, cpuMicros: 0, gasWei: "0", isReported: false } as const;
const REACHED_FILE = "budgets.json";
const DAY_FILE = /^(\d{4}-\d{2}-\d{2})\.json$/;
const fileOf = (day: string): string => `${day}.json`;

/** One file per day, of one process. An invalid file is set aside, and its day starts again. [COST-9] */
export function createFileUsage(files: UsageFiles, log: Log): UsageStore {
  const store = new FileUsage(files, log);
  const queue = new SerialQueue();
  return {
    add: (usage, sample) => queue.run(() => store.add(usage, sample)),
    setGas: (day, wei) => queue.run(() => store.change(day, { gasWei: String(wei) })),
    read: (query) => queue.run(() => store.read(query)),
    samples: (from, to) => queue.run(() => store.samples(from, to)),
    unreportedDays: (from, to) => queue.run(() => store.unreportedDays(from, to)),
    markReported: (day) => queue.run(() => store.change(day, { isReported: true })),
    hasReached: (key) => queue.run(async () => (await store.reached()).includes(key)),
    markReached: (keys) => queue.run(() => store.markReached(keys)),
    sweep: (beforeDay) => queue.run(() => store.sweep(beforeDay)),
  };
}

/** One call at a time. */
class FileUsage {
  readonly #files: UsageFiles;
  readonly #log: Log;

  constructor(files: UsageFiles, log: Log) {
    this.#files = files;
    this.#log = log;
  }

  async add(
    { day, callers }: DayUsage,
    { day: sampled, cpuMicros, ...sample }: ServiceSample,
  ): Promise<void> {
    const start: DayContent = { ...NEW_DAY, ...sample, callers: [] };
    const content = (await this.#day(day)) ?? start;
    const isSampled = day === sampled;
    await this.#write(day, {
      ...content,
      ...(isSampled && { ...sample, cpuMicros: content.cpuMicros + cpuMicros }),
      callers: sumOf([...content.callers, ...callers]),
    });
  }

  async change(day: string, changed: Partial<DayContent>): Promise<void> {
    const content = await this.#day(day);
    if (content !== undefined) await this.#write(day, { ...content, ...changed });
  }

  async read({ from, to, by, tenant, after = "", limit }: UsageQuery): Promise<UsageRow[]> {
    const rows: UsageRow[] = [];
    for (const day of await this.#days(from, to)) {
      const content = await this.#day(day);
      if (content === undefined) continue;
      const asked = rowsOf(day, content, by)
        .filter((row) => tenant === undefined || row.tenant === tenant)
        .map((row) => ({ ...row, tenant: row.tenant === OTHER_TENANT ? OTHER : row.tenant }))
        .filter(({ position }) => position > after)
        .toSorted((a, b) => (a.position < b.position ? -1 : 1));
      rows.push(...asked.slice(0, limit - rows.length));
      if (rows.length === limit) break;
    }
    return rows;
  }

  async samples(from: string, to: string): Promise<StorageSample[]> {
    const samples: StorageSample[] = [];
    for (const day of await this.#days(from, to)) {
      const { sampledMs: timeMs = 0, usedBytes = 0 } = (await this.#day(day)) ?? {};
      // A clock that was set back can have put a sample into another day.
      if (dayOf(timeMs) === day) samples.push({ timeMs, usedBytes });
    }
    return samples;
  }

  async unreportedDays(from: string, to: string): Promise<string[]> {
    const unreported: string[] = [];
    for (const day of await this.#days(from, to))
      if ((await this.#day(day))?.isReported === false) unreported.push(day);
    return unreported;
  }

  async reached(): Promise<readonly string[]> {
    return (await this.#content(REACHED_FILE, reachedContent))?.keys ?? [];
  }

  async markReached(keys: readonly string[]): Promise<void> {
    const all = new Set([...(await this.reached()), ...keys]);
    await this.#files.write(REACHED_FILE, JSON.stringify({ format: FORMAT, keys: [...all] }));
  }

  async sweep(beforeDay: string): Promise<void> {
    for (const day of await this.#days("", beforeDay))
      if (day < beforeDay) await this.#files.remove(fileOf(day));
    const keys = await this.reached();
    const kept = keys.filter((key) => key >= monthOf(beforeDay));
    if (kept.length === keys.length) return;
    await this.#files.write(REACHED_FILE, JSON.stringify({ format: FORMAT, keys: kept }));
  }

  async #days(from: string, to: string): Promise<string[]> {
    const names = await this.#files.list();
    const days = names.flatMap((name) => DAY_FILE.exec(name)?.[1] ?? []);
    return days.filter((day) => day >= from && day <= to).toSorted();
  }

  #day(day: string): Promise<DayContent | undefined> {
    return this.#content(fileOf(day), dayContent);
  }

  #write(day: string, content: DayContent): Promise<void> {
    return this.#files.write(fileOf(day), JSON.stringify(content));
  }

  async #content<T>(name: string, type: z.ZodType<T>): Promise<T | undefined> {
    const text = await this.#files.read(name);
    if (text === undefined) return undefined;
    const content = parsed(text, type);
    if (content !== undefined) return content;
    const aside = await this.#files.setAside(name);
    this.#log.error("cost.fileInvalid", {
      file: name,
      aside,
      message:
        "The file of counted usage is damaged or of another program. It was renamed; counts start again.",
    });
    return undefined;
  }
}

function parsed<T>(text: string, type: z.ZodType<T>): T | undefined {
  try {
    return type.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Bounds the callers of a day over restarts too. [COST-2] */
function sumOf(callers: readonly CallerUsage[]): CallerUsage[] {
  const day = new DayCallers();
  for (const one of callers) day.add(one);
  return day.callers();
}

type Counts = Pick<Usage, "requests" | "bytesIn" | "bytesOut">;

function rowsOf(day: string, content: DayContent, by: Grouping): UsageRow[] {
  const { callers, prices: ofDay, cpuMicros, storedBytes, gasWei } = content;
  const ofService = {
    cpuMicros: BigInt(cpuMicros),
    storedBytes: BigInt(storedBytes),
    gasWei: BigInt(gasWei),
  };
  const row = { day, tenant: undefined, key: undefined, prices: ofDay };
  if (by === "service") return [{ ...row, usage: { ...countsOf(callers), ...ofService }, position: day }];
  const ofCaller = { cpuMicros: 0n, storedBytes: 0n, gasWei: 0n };
  const groups = Map.groupBy(callers, ({ tenant, key }) =>
    JSON.stringify(by === "key" ? [tenant ?? null, key] : [tenant ?? null]),
  );
  return [...groups].map(([group, members]) => ({
    ...row,
    tenant: members[0]?.tenant,
    key: by === "key" ? members[0]?.key : undefined,
    usage: { ...countsOf(members), ...ofCaller },
    position: `${day} ${group}`,
  }));
}

function countsOf(callers: readonly CallerUsage[]): Counts {
  const sum = { requests: 0n, bytesIn: 0n, bytesOut: 0n };
  for (const { requests, bytesIn, bytesOut } of callers) {
    sum.requests += BigInt(requests);
    sum.bytesIn += BigInt(bytesIn);
    sum.bytesOut += BigInt(bytesOut);
  }
  return sum;
}
