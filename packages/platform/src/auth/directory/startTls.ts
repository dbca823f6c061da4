/** ExtendedRequest 1.3.6.1.4.1.1466.20037 with message id 1 (RFC 4511, section 4.14). */
export const START_TLS: Buffer = Buffer.from(
  "301d02010177188016312e332e362e312e342e312e313436362e3230303337",
  "hex",
);

const ANSWER_BYTES_MAX = 4_096;

/** `partial`: more bytes are expected. Refuses bytes after the answer: they would be treated as encrypted. */
export function startTlsAnswer(bytes: Buffer): "partial" | "started" | "refused" {
  if (bytes.length > 0 && bytes[0] !== 0x30) return "refused";
  const message = elementAt(bytes, 0);
  if (message === undefined) return bytes.length < ANSWER_BYTES_MAX ? "partial" : "refused";
  if (bytes.length < message.end && message.end <= ANSWER_BYTES_MAX) return "partial";
  if (bytes.length !== message.end) return "refused";
  const id = elementAt(bytes, message.start);
  const response = id && elementAt(bytes, id.end);
  const code = response && elementAt(bytes, response.start);
  const isStarted = isNumber(bytes, id, 0x02, 1) && response?.tag === 0x78 && isNumber(bytes, code, 0x0a, 0);
  return isStarted ? "started" : "refused";
}

interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** BER with a definite length; Active Directory uses the long form. */
function elementAt(bytes: Buffer, at: number): Element | undefined {
  const [tag, first] = [bytes[at], bytes[at + 1]];
  if (tag === undefined || first === undefined) return undefined;
  const count = first < 0x80 ? 0 : first & 0x7f;
  const start = at + 2 + count;
  if (count > 4 || start > bytes.length) return undefined;
  const length = count === 0 ? first & 0x7f : bytes.readUIntBE(at + 2, count);
  return { tag, start, end: start + length };
}

function isNumber(bytes: Buffer, element: Element | undefined, tag: number, value: number): boolean {
  if (element?.tag !== tag || element.end - element.start !== 1) return false;
  return bytes[element.start] === value;
}
