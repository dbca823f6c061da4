export const FAULTS = [
  "loss",
  "duplicates",
  "reorder",
  "partition",
  "oneway",
  "reset",
  "slow",
  "skew",
  "kill",
  "power",
  "stop",
  "disk",
  "slowdisk",
  "invalid",
  "withhold",
  "equivocate",
  "spam",
  "lies",
  "corrupt",
  "stall",
  "garbage",
  "flood",
  "boast",
  "orphans",
  "oldvotes",
  "doublevote",
  "silentvote",
  "splitvote",
  "replayvote",
  "badproposal",
] as const;

/** Of networks with several shards. */
export const SHARD_FAULTS = [
  "machine",
  "shardstop",
  "shardcut",
  "badbatch",
  "oldanchor",
  "earlyanchor",
  "majority",
  "governance",
] as const;
export type Fault = (typeof FAULTS)[number] | (typeof SHARD_FAULTS)[number];

/** Others that can happen in networks with several shards. */
export const COMMON_FAULTS: readonly Fault[] = [
  "loss",
  "duplicates",
  "reorder",
  "partition",
  "oneway",
  "reset",
  "slow",
  "skew",
  "kill",
  "power",
  "stop",
  "disk",
  "slowdisk",
];

export const BYZANTINE: readonly Fault[] = [
  "invalid",
  "withhold",
  "equivocate",
  "spam",
  "lies",
  "corrupt",
  "stall",
  "garbage",
  "flood",
  "boast",
  "orphans",
];

export const VOTE_FAULTS: readonly Fault[] = [
  "doublevote",
  "silentvote",
  "splitvote",
  "replayvote",
  "badproposal",
];

export const VALIDATOR_FAULTS: readonly Fault[] = ["oldvotes", ...VOTE_FAULTS];

/** Need a dishonest machine in a network with several shards. */
export const SHARD_LIES: readonly Fault[] = [
  ...(["badbatch", "oldanchor", "earlyanchor", "majority"] as const),
  ...(["doublevote", "silentvote", "splitvote"] as const),
];
