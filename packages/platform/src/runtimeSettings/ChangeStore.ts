import type { NewSettingChange, SettingChange } from "./RuntimeSettings.ts";

export interface LatestChanges {
  /** 0 before the first change. */
  readonly version: number;
  /** Without restored keys. */
  readonly values: ReadonlyMap<string, unknown>;
}

export interface ChangeStore {
  latest(): Promise<LatestChanges>;
  /** Durable once it resolves. @throws DYNAMIC_VERSION_STALE, DYNAMIC_STORE_FAILED */
  append(change: NewSettingChange, timeMs: number): Promise<SettingChange>;
  /** Before version `before`, newest first. */
  history(
    key: string | undefined,
    before: number | undefined,
    limit: number,
  ): Promise<readonly SettingChange[]>;
  /** Calls `hear` after changes of other processes. */
  listen(hear: () => void): Promise<{ close(): Promise<void> }>;
}
