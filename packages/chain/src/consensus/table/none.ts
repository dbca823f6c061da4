/** No such block, or a pruned one. */
export const NONE = -1;
