import { queries } from "../live/node.ts";
import { session } from "./session.ts";

/** Queries with these first keys depend on the user, so sign-out resets them. A node's responses are public. */
export const RESERVES = "reserves";
export const SERVICE = "service";

export function forgetWhoLeaves(): void {
  session.onLeaving(() => {
    void queries.resetQueries({ predicate: ({ queryKey: [of] }) => of === RESERVES || of === SERVICE });
  });
}
