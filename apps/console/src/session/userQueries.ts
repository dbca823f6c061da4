import { queries } from "../live/node.ts";
import { session } from "./session.ts";

/** First key of queries that depend on the user; sign-out resets them. A node's answers are public. */
export const RESERVES = "reserves";
export const SERVICE = "service";

export function forgetWhoLeaves(): void {
  session.onLeaving(() => {
    void queries.resetQueries({ predicate: ({ queryKey: [of] }) => of === RESERVES || of === SERVICE });
  });
}
