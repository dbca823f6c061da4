/** Prepares a reload without effects. If any preparation throws, nothing changes. */
export type Prepare<T> = (settings: T) => Apply | Promise<Apply>;
export type Apply = () => void;

export interface LiveSettings<T> {
  current(): T;
  /**
   * `always` also calls without changed settings, because referenced files may change. Returns the
   * unsubscribe function.
   */
  onReload(prepare: Prepare<T>, when?: "changed" | "always"): () => void;
  /** Returns the changed keys. @throws CONFIG_RESTART_NEEDED, and errors of loading and preparing */
  reload(): Promise<readonly string[]>;
}
