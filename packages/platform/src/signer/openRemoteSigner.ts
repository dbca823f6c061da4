import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Random } from "@trellis/base";
import { PIN } from "@trellis/crypto/tls";
import { z } from "zod";
import { signerErrors } from "../keyServices/errors.ts";
import { jsonOf } from "../keyServices/KeyServiceHttp.ts";
import { RemoteSigner, type RemoteSignerOptions } from "./RemoteSigner.ts";

const TIMEOUT_MS = 5_000;
const FILE_CHARS_MAX = 65_536;

const accessFile = z.strictObject({
  url: z.string().max(512),
  /** Relative to the file. */
  certificate: z.string().min(1),
  key: z.string().min(1),
  authority: z.string().min(1).optional(),
  pins: z.array(z.string().regex(PIN)).max(16).default([]),
  timeoutMs: z.int().min(100).max(60_000).default(TIMEOUT_MS),
});

export type ClientAccess = z.input<typeof accessFile>;

/** @param path file of `trellis signer init` or `trellis signer client` @throws SIGNER_SETUP_INVALID */
export function openRemoteSigner(path: string, random: Random): RemoteSigner {
  return new RemoteSigner(optionsIn(path), random, () => optionsIn(path));
}

/** @throws SIGNER_SETUP_INVALID */
export function readClientAccess(path: string): z.output<typeof accessFile> {
  const read = accessFile.safeParse(jsonOf(contentOf(path).slice(0, FILE_CHARS_MAX)));
  if (!read.success) {
    const at = read.error.issues[0]?.path.join(".") ?? "";
    throw signerErrors.SIGNER_SETUP_INVALID({ reason: "not a client's access file", path, at });
  }
  return read.data;
}

function optionsIn(path: string): RemoteSignerOptions {
  const { certificate, key, authority, ...options } = readClientAccess(path);
  const beside = (name: string): string => contentOf(resolve(dirname(path), name));
  return {
    ...options,
    certificate: beside(certificate),
    key: beside(key),
    authority: authority === undefined ? undefined : beside(authority),
  };
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw signerErrors.SIGNER_SETUP_INVALID({ reason: "file cannot be read", path }, error);
  }
}
