/** Where a number would name a block that is not here: no selected parent, or one that was pruned. */
export const NONE = -1;
