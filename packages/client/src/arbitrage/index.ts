export type * from "../../generated/arbitrageOperations.ts";
