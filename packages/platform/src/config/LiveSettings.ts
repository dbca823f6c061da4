/**
 * Gets the settings of a reload ready without showing any effect, and returns what puts them into effect, or throws
 * why they cannot be used: then nothing changes anywhere.
 */
export type Prepare<T> = (settings: T) => Apply | Promise<Apply>;
export type Apply = () => void;

/** Settings of a running service, which change by a reload. */
export interface LiveSettings<T> {
  current(): T;
  /**
   * Is asked at each reload that changes something; with `always` at every one, for what a setting names and does not
   * hold, as a file. Returns how to stop being asked.
   */
  onReload(prepare: Prepare<T>, when?: "changed" | "always"): () => void;
  /**
   * Loads again and changes all or nothing. @returns the keys that changed
   * @throws CONFIG_RESTART_NEEDED, what loading throws, and what a preparation throws
   */
  reload(): Promise<readonly string[]>;
}
