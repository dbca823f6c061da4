import type { JsonRpcError } from "./errorTable.ts";

/** JSON, in parts where it is large: to put them together takes longer than a turn. */
export type Answer = string | readonly string[];

export function textOf(answer: Answer): string {
  return typeof answer === "string" ? answer : answer.join("");
}

export function sizeOf(answer: Answer): number {
  return typeof answer === "string" ? answer.length : answer.reduce((sum, part) => sum + part.length, 0);
}

/** A JSON-RPC 2.0 response object, as JSON. */
export function resultAnswer(idJson: string, resultJson: string): string {
  return `{"jsonrpc":"2.0","id":${idJson},"result":${resultJson}}`;
}

export function errorAnswer(idJson: string, error: JsonRpcError): string {
  return `{"jsonrpc":"2.0","id":${idJson},"error":${JSON.stringify(error)}}`;
}

/** A subscription's message, as geth sends it. */
export function notification(namespace: string, subscription: string, resultJson: string): string {
  return `{"jsonrpc":"2.0","method":"${namespace}_subscription","params":{"subscription":"${subscription}","result":${resultJson}}}`;
}
