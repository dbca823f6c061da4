import { base64 } from "@scure/base";
import { logErrors } from "./errors.ts";
import { HASH_SIZE } from "./hashes.ts";
import { checkName, decodeBase64 } from "./note.ts";

export interface TreeHead {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  readonly timeMs: number;
}

const NUMBER = /^(?:0|[1-9][0-9]{0,15})$/;
const TIME_LINE = /^time ([0-9]+)$/;

/** C2SP tlog-checkpoint with the time as extension line. */
export function headToText({ origin, size, root, timeMs }: TreeHead): string {
  checkName(origin);
  return `${origin}\n${size}\n${base64.encode(root)}\ntime ${timeMs}\n`;
}

/** @throws LOG_MALFORMED */
export function textToHead(text: string): TreeHead {
  const [origin = "", size = "", encoded = "", extension = "", end, ...extra] = text.split("\n");
  const root = decodeBase64(encoded);
  const [, time = ""] = TIME_LINE.exec(extension) ?? [];
  const head = {
    origin,
    size: readNumber("size", size),
    root: root ?? new Uint8Array(0),
    timeMs: readNumber("time", time),
  };
  if (head.root.length !== HASH_SIZE || end !== "" || extra.length > 0)
    throw logErrors.LOG_MALFORMED({ reason: "head", rootLength: head.root.length, lines: extra.length + 5 });
  try {
    checkName(origin);
  } catch (cause) {
    throw logErrors.LOG_MALFORMED({ reason: "head", field: "origin" }, cause);
  }
  return head;
}

function readNumber(field: string, text: string): number {
  const value = Number(text);
  if (!NUMBER.test(text) || !Number.isSafeInteger(value))
    throw logErrors.LOG_MALFORMED({ reason: "head", field });
  return value;
}
