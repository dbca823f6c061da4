import { defineErrors } from "@trellis/base";

export const graphErrors = defineErrors({
  GRAPH_POOL_UNKNOWN: {
    message: "the graph has no such pool",
    hint: "pools go by their place in the list that the graph was made of; make a new graph to add one",
    consequence: "reject",
  },
  GRAPH_POOL_CHANGED: {
    message: "a pool's address or tokens are not those that its place in the graph has",
    hint: "a pool's new state takes the place of its old one; make a new graph where pools come or go",
    consequence: "reject",
  },
});
