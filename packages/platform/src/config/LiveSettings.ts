/** Prepares a reload without side effects. If any preparation throws, no setting changes. */
export type Prepare<T> = (settings: T) => Apply | Promise<Apply>;
export type Apply = () => void;

export interface LiveSettings<T> {
  current(): T;
  /**
   * `always`: `prepare` runs even if no setting changed, because referenced files may have.
   * Returns the unsubscribe function.
   */
  onReload(prepare: Prepare<T>, when?: "changed" | "always"): () => void;
  /** Returns the changed keys. @throws CONFIG_RESTART_NEEDED, and errors of loading and preparing */
  reload(): Promise<readonly string[]>;
}
