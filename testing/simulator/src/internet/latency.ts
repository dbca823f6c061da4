import type { RandomStream } from "../world/RandomStream.ts";

export const LATENCY_MODELS = ["uniform", "lognormal", "geographic"] as const;
/** A number is the mean in ms. */
export type LatencyModelName = (typeof LATENCY_MODELS)[number] | "local" | number;

export type Latency = (from: number, to: number) => number;

/** One-way, in ms, between Europe, both coasts of North America, East Asia and South America. */
const REGIONS = [
  [4, 45, 70, 110, 95],
  [45, 4, 32, 85, 60],
  [70, 32, 4, 55, 85],
  [110, 85, 55, 6, 140],
  [95, 60, 85, 140, 5],
] as const;

export function latencyModel(name: LatencyModelName, nodeCount: number, random: RandomStream): Latency {
  if (typeof name === "number") return () => name * random.between(0.9, 1.1);
  const baseMs = random.between(2, 60);
  switch (name) {
    case "local":
      return () => random.between(0.2, 1);
    case "uniform":
      return () => random.between(baseMs * 0.5, baseMs * 1.5);
    case "lognormal":
      return () => Math.min(1_000, baseMs * Math.exp(0.5 * random.normal()));
    case "geographic": {
      const places = Array.from({ length: nodeCount }, () => random.below(REGIONS.length));
      return (from, to) => REGIONS[places[from]!]![places[to]!]! * random.between(1, 1.2);
    }
  }
}
