import { session } from "../../../session/session.ts";
import { EventFeed } from "./EventFeed.ts";

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
