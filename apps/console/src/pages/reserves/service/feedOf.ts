import { session } from "../../../session/session.ts";
import { EventFeed } from "./EventFeed.ts";

/**
 * What a service of this origin tells of. One that refuses may not know any more who asks: then the session is over
 * for the whole tab, as when a call is answered so.
 * @param path where the service's API begins
 */
export function feedOf(path: string): EventFeed {
  return new EventFeed(`${location.origin.replace(/^http/, "ws")}${path}/events`, {
    isServing: () =>
      fetch(`${path}/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    wasRefused: () => void session.wasRefused(),
  });
}
