import type { IncomingMessage } from "node:http";
import { isFromThisMachine } from "@trellis/platform/admission";
import type { Role } from "../options.ts";
import type { Session } from "../Session.ts";

/** False for web pages and remote programs. [RPC-21] */
export function isFromLocalProgram(request: IncomingMessage): boolean {
  return request.headers.origin === undefined && isFromThisMachine(request);
}

export function isServedTo(
  session: Session,
  { name, role }: { readonly name: string; readonly role: Role },
): boolean {
  return role !== "admin" || session.isLocalProgram || session.caller?.isGranted(name) === true;
}
