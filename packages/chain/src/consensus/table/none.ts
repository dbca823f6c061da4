/** Number of a block that does not exist or is pruned. */
export const NONE = -1;
