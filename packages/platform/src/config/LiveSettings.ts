/** No side effects. If any preparation throws, no setting changes. */
export type Prepare<T> = (settings: T) => Apply | Promise<Apply>;
export type Apply = () => void;

export interface LiveSettings<T> {
  current(): T;
  /** `always`: runs even if no setting changed, because referenced files may have. */
  onReload(prepare: Prepare<T>, when?: "changed" | "always"): () => void;
  /** Returns the changed keys. @throws CONFIG_RESTART_NEEDED, and errors of loading and preparing */
  reload(): Promise<readonly string[]>;
}
