import { createReservesClient } from "@trellis/client/reserves";
import { isLost, isRefusedBy } from "../../../errors.ts";
import { askSigned } from "../../../session/askSigned.ts";
import { link } from "./ServiceLink.ts";

export const client = createReservesClient(
  { url: location.origin, retriesMax: 0 },
  { fetch: (target, init) => watched(target, init) },
);

export async function watched(target: string | URL | Request, init?: RequestInit): Promise<Response> {
  try {
    const response = await askSigned(target, init);
    link.heard();
    return response;
  } catch (error) {
    if (isRefusedBy(error)) link.heard();
    else if (isLost(error)) link.lost();
    throw error;
  }
}
