/** Must have no side effects: if any preparation throws, no setting changes. */
export type Prepare<T> = (settings: T) => Apply | Promise<Apply>;
export type Apply = () => void;

export interface LiveSettings<T> {
  current(): T;
  /** `always`: runs even if only referenced files may have changed. */
  onReload(prepare: Prepare<T>, when?: "changed" | "always"): () => void;
  /** Returns the changed keys. @throws CONFIG_RESTART_NEEDED, and the errors of loadSettings and `prepare` */
  reload(): Promise<readonly string[]>;
}
