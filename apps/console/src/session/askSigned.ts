import { isRefusedBy } from "../errors.ts";
import { askService } from "./askService.ts";
import { session } from "./session.ts";

export const UNKNOWN_STATUS = 401;

/**
 * Asks a service on this origin as whoever the browser is signed in as. An answer that does not know who asks means
 * that the session is over, which the whole tab is told.
 * @throws CONSOLE_REFUSED, CONSOLE_LOST
 */
export async function askSigned(target: string | URL | Request, init?: RequestInit): Promise<Response> {
  try {
    return await askService((...args) => globalThis.fetch(...args), target, init);
  } catch (error) {
    if (isRefusedBy(error) && error.facts.status === UNKNOWN_STATUS) await session.wasRefused();
    throw error;
  }
}
