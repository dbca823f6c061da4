import { session } from "../../../session/session.ts";
import { EventFeed } from "./EventFeed.ts";

/** After a refusal, checks whether the session has ended. @param path root of the API */
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
