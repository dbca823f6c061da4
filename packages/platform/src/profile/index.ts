export { PROFILE_KINDS, PROFILE_SECONDS_MAX, type ProfileKind, type Profiler } from "./Profiler.ts";
export { systemProfiler } from "./systemProfiler.ts";
