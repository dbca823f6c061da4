export const PROFILE_KINDS = ["cpu", "heap"] as const;
/** The answer begins at the end, before the server ends a silent connection. */
export const PROFILE_SECONDS_MAX = 60;
export type ProfileKind = (typeof PROFILE_KINDS)[number];

export interface Profiler {
  /**
   * Samples the main thread. Returns the JSON of a .cpuprofile, or of a .heapprofile of what the time allocated and still
   * holds.
   * @throws OVERLOADED while another profile is taken
   */
  take(kind: ProfileKind, durationMs: number, signal: AbortSignal): Promise<string>;
}
