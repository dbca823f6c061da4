import { queries } from "../live/node.ts";
import { session } from "./session.ts";

/** Sign-out resets queries whose key starts with one of these. */
export const RESERVES = "reserves";
export const SERVICE = "service";

export function forgetWhoLeaves(): void {
  session.onLeaving(() => {
    void queries.resetQueries({ predicate: ({ queryKey: [of] }) => of === RESERVES || of === SERVICE });
  });
}
