import type { IncomingMessage } from "node:http";
import { isFromThisMachine } from "@trellis/platform/admission";
import type { MethodTerms } from "../methods/MethodTerms.ts";
import type { Session } from "../Session.ts";

/** Whether a request comes from a program on this machine, and not from a web page. [RPC-21] */
export function isFromLocalProgram(request: IncomingMessage): boolean {
  return request.headers.origin === undefined && isFromThisMachine(request);
}

/** Whether a method of the server exists for whoever holds the session. [RPC-21] */
export function isServedTo(session: Session, { role }: Pick<MethodTerms, "role">): boolean {
  return role !== "admin" || session.isLocalProgram;
}
