import { queries } from "../live/node.ts";
import { session } from "./session.ts";

/** First key of queries that depend on the user. They are reset when the user leaves; answers of a node are public. */
export const RESERVES = "reserves";
export const SERVICE = "service";

export function forgetWhoLeaves(): void {
  session.onLeaving(() => {
    void queries.resetQueries({ predicate: ({ queryKey: [of] }) => of === RESERVES || of === SERVICE });
  });
}
