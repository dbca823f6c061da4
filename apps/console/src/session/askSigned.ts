import { isRefusedBy } from "../errors.ts";
import { askService } from "./askService.ts";
import { session } from "./session.ts";

export const UNKNOWN_STATUS = 401;

/** An unauthenticated response ends the tab's session. */
export async function askSigned(target: string | URL | Request, init?: RequestInit): Promise<Response> {
  try {
    return await askService((...args) => globalThis.fetch(...args), target, init);
  } catch (error) {
    if (isRefusedBy(error) && error.facts.status === UNKNOWN_STATUS) await session.wasRefused();
    throw error;
  }
}
