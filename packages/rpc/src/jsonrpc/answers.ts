import type { JsonRpcError } from "./errorTable.ts";

/** JSON, in parts where it is large: to put them together takes longer than a turn. */
export type Answer = string | readonly string[];

/** Characters of a large answer that are written at once. */
const PIECE = 64 * 1024;

export function partsOf(answer: Answer): readonly string[] {
  return typeof answer === "string" ? [answer] : answer;
}

export function textOf(answer: Answer): string {
  return typeof answer === "string" ? answer : answer.join("");
}

/** Characters. */
export function sizeOf(answer: Answer): number {
  return partsOf(answer).reduce((sum, part) => sum + part.length, 0);
}

/** The answer cut for writing, nowhere within a character. */
export function* piecesOf(answer: Answer): Generator<string> {
  for (const part of partsOf(answer)) {
    for (let from = 0, to = 0; from < part.length; from = to) {
      to = from + PIECE;
      if (isHighSurrogate(part.charCodeAt(to - 1))) to++;
      yield part.slice(from, to);
    }
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
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
