export const PROFILE_KINDS = ["cpu", "heap"] as const;
export const PROFILE_SECONDS_MAX = 120;
export type ProfileKind = (typeof PROFILE_KINDS)[number];

export interface Profiler {
  /**
   * Samples the main thread. Returns the JSON of a .cpuprofile, or of a .heapprofile of what the time allocated and still
   * holds.
   * @throws OVERLOADED while another profile is taken
   */
  take(kind: ProfileKind, durationMs: number, signal: AbortSignal): Promise<string>;
}
