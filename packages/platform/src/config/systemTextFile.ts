import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { platformErrors } from "../errors.ts";

const { O_RDONLY, O_NONBLOCK } = constants;

/** A pipe or device would block the process, or never end. @throws CONFIG_FILE_UNREADABLE, and errors of node:fs */
export function readTextFile(file: string, bytesMax: number): string {
  const opened = openSync(file, O_RDONLY | O_NONBLOCK);
  try {
    const stat = fstatSync(opened);
    if (!stat.isFile()) throw platformErrors.CONFIG_FILE_UNREADABLE({ file, reason: "not a regular file" });
    if (stat.size > bytesMax)
      throw platformErrors.CONFIG_FILE_UNREADABLE({ file, reason: `larger than ${bytesMax} bytes` });
    return new TextDecoder().decode(readFileSync(opened));
  } finally {
    closeSync(opened);
  }
}
