import type { EncodedJson } from "@trellis/protocol";
import { LARGE } from "../guards/OutgoingBytes.ts";
import type { JsonRpcError } from "./errorTable.ts";

/** In parts, because joining large answers takes too long. Binary parts are UTF-8. */
export type Answer = string | readonly AnswerPart[];

export type AnswerPart = string | Uint8Array;

/** Characters or bytes per write. */
const PIECE = 64 * 1024;
const decoder = new TextDecoder();

export function partsOf(answer: Answer): readonly AnswerPart[] {
  return typeof answer === "string" ? [answer] : answer;
}

export function textOf(answer: Answer): string {
  if (typeof answer === "string") return answer;
  return answer.map((part) => (typeof part === "string" ? part : decoder.decode(part))).join("");
}

export function sizeOf(answer: Answer): number {
  return partsOf(answer).reduce((sum, part) => sum + part.length, 0);
}

/** Never splits a surrogate pair. */
export function* piecesOf(answer: Answer): Generator<AnswerPart> {
  for (const part of partsOf(answer)) {
    for (let from = 0, to = 0; from < part.length; from = to) {
      to = from + PIECE;
      if (typeof part !== "string") yield part.subarray(from, to);
      else {
        if (isHighSurrogate(part.charCodeAt(to - 1))) to++;
        yield part.slice(from, to);
      }
    }
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00;
}

export function resultAnswer(idJson: string, resultJson: string): string {
  return `{"jsonrpc":"2.0","id":${idJson},"result":${resultJson}}`;
}

export function encodedAnswer(idJson: string, result: EncodedJson): Answer {
  const { json } = result;
  if (typeof json === "string" || json.length < LARGE) return resultAnswer(idJson, result.text());
  return [`{"jsonrpc":"2.0","id":${idJson},"result":`, json, "}"];
}

export function errorAnswer(idJson: string, error: JsonRpcError): string {
  return `{"jsonrpc":"2.0","id":${idJson},"error":${JSON.stringify(error)}}`;
}

export function notification(namespace: string, subscription: string, resultJson: string): string {
  return `{"jsonrpc":"2.0","method":"${namespace}_subscription","params":{"subscription":"${subscription}","result":${resultJson}}}`;
}
