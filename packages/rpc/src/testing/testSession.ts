import { Connection } from "../guards/Connection.ts";
import type { Session } from "../Session.ts";

export function testSession(changes: Partial<Session> = {}): Session {
  return {
    connection: new Connection(),
    address: "127.0.0.1",
    arrivedMs: 1_700_000_000_000,
    subscriptions: undefined,
    isLocalProgram: true,
    ...changes,
  };
}
