export { PROFILE_KINDS, type ProfileKind, type Profiler } from "./Profiler.ts";
export { systemProfiler } from "./systemProfiler.ts";
