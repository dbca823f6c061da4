import { isDeepStrictEqual } from "node:util";
import { type Clock, type Log, type Scheduler, SerialQueue, type Timer } from "@trellis/base";
import type { Setting, SettingsDefinition } from "../config/Setting.ts";
import type { ChangeStore } from "./ChangeStore.ts";
import { runtimeSettingsErrors } from "./errors.ts";
import type {
  NewSettingChange,
  RuntimeSettings,
  SettingChange,
  SettingsListener,
} from "./RuntimeSettings.ts";

const RETRY_MS = 1_000;
const REASON_CHARS_MAX = 500;
const VALUE_CHARS_MAX = 65_536;

export interface RuntimeSettingsOptions<T extends object> {
  readonly definition: SettingsDefinition<T>;
  readonly base: T;
}

export interface RuntimeSettingsPorts<T extends object> {
  readonly changes: ChangeStore;
  /** Checks all changed settings, calls `commit`, and applies them. Default: listeners apply them later. */
  readonly take?: <Made>(overrides: Partial<T>, commit: () => Promise<Made>) => Promise<Made>;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly log: Log;
}

export async function openRuntimeSettings<T extends object>(
  options: RuntimeSettingsOptions<T>,
  ports: RuntimeSettingsPorts<T>,
): Promise<RuntimeSettings<T>> {
  const settings = new StoredSettings(options, ports);
  await settings.open();
  return settings;
}

class StoredSettings<T extends object> implements RuntimeSettings<T> {
  readonly keys: readonly (keyof T & string)[];
  readonly #settings: SettingsDefinition<T>["settings"];
  readonly #ports: RuntimeSettingsPorts<T>;
  readonly #listeners = new Set<SettingsListener<T>>();
  #base: T;
  #overrides = new Map<keyof T & string, unknown>();
  #version = 0;
  #current: T;
  readonly #reads = new SerialQueue();
  readonly #writes = new SerialQueue();
  #listening: { close(): Promise<void> } | undefined;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor({ definition: { settings }, base }: RuntimeSettingsOptions<T>, ports: RuntimeSettingsPorts<T>) {
    this.keys = (Object.keys(settings) as (keyof T & string)[]).filter(
      (key) => settings[key].isRuntime === true,
    );
    this.#settings = settings;
    this.#ports = ports;
    this.#base = base;
    this.#current = base;
  }

  async open(): Promise<void> {
    this.#listening = await this.#ports.changes.listen(() => this.#hear());
    try {
      await this.#refresh();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  current(): T {
    return this.#current;
  }

  version(): number {
    return this.#version;
  }

  changed(): ReadonlySet<keyof T & string> {
    return new Set(this.#overrides.keys());
  }

  async change(change: NewSettingChange): Promise<SettingChange> {
    requireReason(change);
    const key = this.#keyOf(change.key);
    const value = checkedValue(change.value, key, this.#settings[key]);
    return this.#writes.run(async () => {
      const next = new Map(this.#overrides);
      if (change.value === undefined) next.delete(key);
      else next.set(key, value);
      const made = await this.#take(next, { ...change, key });
      await this.#refresh();
      return made;
    });
  }

  async history(
    key: string | undefined,
    before: number | undefined,
    limit: number,
  ): Promise<readonly SettingChange[]> {
    return this.#ports.changes.history(key === undefined ? key : this.#keyOf(key), before, limit);
  }

  watch(listener: SettingsListener<T>): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  rebase(base: T): void {
    this.#base = base;
    this.#apply();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#listening?.close();
    await this.#reads.idle();
    this.#timer?.cancel();
  }

  #keyOf(key: string): keyof T & string {
    const known = this.keys.find((candidate) => candidate === key);
    if (known === undefined) throw runtimeSettingsErrors.DYNAMIC_KEY_UNKNOWN({ key: key.slice(0, 80) });
    return known;
  }

  async #take(
    next: ReadonlyMap<keyof T & string, unknown>,
    change: NewSettingChange,
  ): Promise<SettingChange> {
    const { changes, clock, take = (_, commit) => commit() } = this.#ports;
    let isChecked = false;
    const commit = (): Promise<SettingChange> => {
      isChecked = true;
      return changes.append(change, clock.nowMs());
    };
    try {
      return await take(Object.fromEntries(next) as Partial<T>, commit);
    } catch (error) {
      if (isChecked) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw runtimeSettingsErrors.DYNAMIC_VALUE_INVALID({ key: change.key, reason }, error);
    }
  }

  #hear(): void {
    this.#refresh().catch(() => {});
  }

  #refresh(): Promise<void> {
    return this.#reads.run(async () => {
      try {
        await this.#readLatest();
      } catch (error) {
        this.#ports.log.warn("settings.readFailed", { reason: String(error) });
        this.#timer?.cancel();
        if (!this.#isClosed) this.#timer = this.#ports.scheduler.after(RETRY_MS, () => this.#hear());
        throw error;
      }
    });
  }

  /** Invalid stored values are logged and ignored. */
  async #readLatest(): Promise<void> {
    const { version, values } = await this.#ports.changes.latest();
    if (version <= this.#version) return;
    const next = new Map<keyof T & string, unknown>();
    for (const [key, value] of values) {
      const known = this.keys.find((candidate) => candidate === key);
      const result = known && this.#settings[known].type.safeParse(value);
      if (known === undefined || result?.success !== true)
        this.#ports.log.warn("settings.ignored", { key, message: "The stored value is no longer valid." });
      else next.set(known, result.data);
    }
    [this.#overrides, this.#version] = [next, version];
    this.#apply();
  }

  #apply(): void {
    const next = { ...this.#base, ...Object.fromEntries(this.#overrides) };
    const changed = this.keys.filter((key) => !isDeepStrictEqual(this.#current[key], next[key]));
    this.#current = next;
    if (changed.length === 0) return;
    for (const listener of this.#listeners) listener(this.#current, new Set(changed));
  }
}

function requireReason({ reason }: NewSettingChange): void {
  const isReason = reason.trim() !== "" && reason.length <= REASON_CHARS_MAX && !reason.includes("\0");
  if (!isReason)
    throw runtimeSettingsErrors.DYNAMIC_VALUE_INVALID({
      field: "reason",
      expected: "1 to 500 characters",
      length: reason.length,
    });
}

function checkedValue(value: unknown, key: string, setting: Setting): unknown {
  if (value === undefined) return undefined;
  const invalid = (expected: string | undefined) =>
    runtimeSettingsErrors.DYNAMIC_VALUE_INVALID({ key, expected });
  const text = JSON.stringify(value);
  if (text === undefined || text.length > VALUE_CHARS_MAX || text.includes("\\u0000")) throw invalid("JSON");
  const result = setting.type.safeParse(value);
  if (!result.success) throw invalid(result.error.issues[0]?.message);
  return result.data;
}
