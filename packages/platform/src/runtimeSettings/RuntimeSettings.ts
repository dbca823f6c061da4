export interface SettingChange {
  /** From 1, without gaps. */
  readonly version: number;
  readonly key: string;
  /** Undefined restores the value of file and flags. */
  readonly value: unknown;
  readonly by: string;
  readonly reason: string;
  readonly timeMs: number;
}

export interface NewSettingChange {
  readonly key: string;
  readonly value: unknown;
  readonly by: string;
  readonly reason: string;
  /** Expected version. Default: any. */
  readonly basedOn?: number | undefined;
}

export type SettingsListener<T> = (settings: T, changed: ReadonlySet<keyof T & string>) => void;

export interface RuntimeSettings<T extends object> {
  readonly keys: readonly (keyof T & string)[];
  current(): T;
  /** Returns 0 before the first change. */
  version(): number;
  changed(): ReadonlySet<keyof T & string>;
  /** @throws DYNAMIC_KEY_UNKNOWN, DYNAMIC_VALUE_INVALID, DYNAMIC_VERSION_STALE */
  change(change: NewSettingChange): Promise<SettingChange>;
  /** Before version `before`, newest first. */
  history(
    key: string | undefined,
    before: number | undefined,
    limit: number,
  ): Promise<readonly SettingChange[]>;
  /** Called after a change in any process. */
  watch(listener: SettingsListener<T>): () => void;
  rebase(base: T): void;
  close(): Promise<void>;
}
