/** Must have no side effects: if any preparation throws, no setting changes. */
export type Prepare<T> = (settings: T, cause: ChangeCause) => Apply | Promise<Apply>;
export type Apply = () => void;

/** `signal`: an operator asks. `files`: a file has changed, perhaps in the middle of a key rotation. */
export type ReloadCause = "signal" | "files";
export type ChangeCause = ReloadCause | "override";

/** `changed`: if settings changed. `always`: also if only referenced files may have. `signal`: only at a signal. */
export type ReloadWhen = "changed" | "always" | "signal";

export interface LiveSettings<T> {
  current(): T;
  onReload(prepare: Prepare<T>, when?: ReloadWhen): () => void;
  /** Returns the changed keys. @throws CONFIG_RESTART_NEEDED, and the errors of loadSettings and `prepare` */
  reload(cause?: ReloadCause): Promise<readonly string[]>;
  /** Settings of file, environment and flags. */
  base(): T;
  /**
   * Replaces all values that take precedence over `base`. Calls `commit` between preparing and applying.
   * @throws CONFIG_RESTART_NEEDED, and the errors of `prepare` and `commit`, without an effect
   */
  override<Made>(overrides: Partial<T>, commit: () => Promise<Made>): Promise<Made>;
}
