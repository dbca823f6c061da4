import { queries } from "../live/node.ts";
import { session } from "./session.ts";

/**
 * First in the key of all that services told whoever is signed in: the custodian's, and any of them by its path. It is
 * not for who comes next. What a node says is for everybody.
 */
export const RESERVES = "reserves";
export const SERVICE = "service";

export function forgetWhoLeaves(): void {
  session.onLeaving(() => {
    void queries.resetQueries({ predicate: ({ queryKey: [of] }) => of === RESERVES || of === SERVICE });
  });
}
