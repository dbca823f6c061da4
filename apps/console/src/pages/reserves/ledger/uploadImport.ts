import { consoleErrors } from "../../../errors.ts";
import { refusalOf } from "../../../session/askService.ts";
import { UNKNOWN_STATUS } from "../../../session/askSigned.ts";
import { session } from "../../../session/session.ts";

interface Imported {
  readonly position: string;
  readonly lineCount: number;
  readonly enteredCount: number;
  readonly replayedCount: number;
}

export function uploadImport(
  file: Blob,
  key: string,
  onSent: (share: number) => void,
  signal: AbortSignal,
): Promise<Imported> {
  const request = new XMLHttpRequest();
  request.open("POST", "/v1/imports");
  request.setRequestHeader("content-type", "text/csv");
  request.setRequestHeader("idempotency-key", key);
  signal.addEventListener("abort", () => request.abort());
  return new Promise((resolve, reject) => {
    request.upload.onprogress = ({ loaded, total }) => onSent(total === 0 ? 1 : loaded / total);
    request.onerror = () => reject(consoleErrors.CONSOLE_LOST());
    request.onabort = () => reject(signal.reason);
    request.onload = () => {
      if (request.status < 300) return resolve(JSON.parse(request.responseText) as Imported);
      if (request.status === UNKNOWN_STATUS) void session.wasRefused();
      reject(refusalOf(request.status, request.responseText));
    };
    request.send(file);
  });
}
