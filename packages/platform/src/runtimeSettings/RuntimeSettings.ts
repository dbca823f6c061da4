/** One change, as it is kept for good. */
export interface SettingChange {
  /** From 1 without gaps; the number of the last one is the version of all settings. */
  readonly version: number;
  readonly key: string;
  /** As it was given; undefined where the change gave the setting back to file and flags. */
  readonly value: unknown;
  /** The principal. */
  readonly by: string;
  readonly reason: string;
  readonly timeMs: number;
}

export interface NewSettingChange {
  readonly key: string;
  /** Undefined gives the setting back to file and flags. */
  readonly value: unknown;
  readonly by: string;
  readonly reason: string;
  /** The version that the change is based on; any unless given. */
  readonly basedOn?: number | undefined;
}

export type SettingsListener<T> = (settings: T, changed: ReadonlySet<keyof T & string>) => void;

/** Settings that change while a service runs, in all its processes: the database wins over file and flags. */
export interface RuntimeSettings<T extends object> {
  readonly keys: readonly (keyof T & string)[];
  current(): T;
  /** 0 before the first change. */
  version(): number;
  /** Keys that the database decides now. */
  changed(): ReadonlySet<keyof T & string>;
  /** @throws DYNAMIC_KEY_UNKNOWN, DYNAMIC_VALUE_INVALID, DYNAMIC_VERSION_STALE, DYNAMIC_REASON_MISSING */
  change(change: NewSettingChange): Promise<SettingChange>;
  /** Newest first, those before `version`, of one key or of all. */
  history(
    key: string | undefined,
    before: number | undefined,
    limit: number,
  ): Promise<readonly SettingChange[]>;
  /** Is told after each change, wherever it was made. Returns how to stop being told. */
  watch(listener: SettingsListener<T>): () => void;
  /** Takes what a reload of file and flags gave. */
  rebase(base: T): void;
  close(): Promise<void>;
}
