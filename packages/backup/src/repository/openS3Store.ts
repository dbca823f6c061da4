import { createHash } from "node:crypto";
import type { PutObjectCommandOutput, S3Client } from "@aws-sdk/client-s3";
import { isTrellisError } from "@trellis/base";
import { backupErrors } from "../errors.ts";
import type { BlobStore } from "./BlobStore.ts";
import type { S3Place } from "./repositoryUrl.ts";

export interface S3Options {
  /** Default: AWS. */
  readonly endpoint?: string;
  /** Default: from the environment or profile. */
  readonly region?: string;
  /** Put the bucket into the path of URLs instead of their host name. */
  readonly hasPathStyle?: boolean;
}

const CONNECT_MS_MAX = 10_000;
const SILENCE_MS_MAX = 60_000;

/**
 * Blobs are objects of an S3-compatible server. The credentials come from the SDK's default chain (`AWS_*`
 * variables, profile, role).
 */
export async function openS3Store(
  { bucket: Bucket, prefix }: S3Place,
  options: S3Options,
): Promise<BlobStore> {
  const place = `s3://${Bucket}/${prefix}`;
  // Loaded only for this kind of repository, because the SDK has a thousand modules.
  const sdk = await import("@aws-sdk/client-s3");
  const client = clientOf(sdk, options);
  const keyOf = (name: string) => ({ Bucket, Key: `${prefix}${name}` });
  const attempt = async <T>(action: () => Promise<T>): Promise<T> => {
    try {
      return await action();
    } catch (error) {
      if (isTrellisError(error, "REPOSITORY_UNAVAILABLE")) throw error;
      throw backupErrors.REPOSITORY_UNAVAILABLE({ place, ...reasonOf(error) });
    }
  };
  const write = async (name: string, Body: Uint8Array, condition: { IfNoneMatch?: "*" } = {}) => {
    const ChecksumSHA256 = digestOf("sha256", Body).toString("base64");
    const input = { ...keyOf(name), Body, ChecksumSHA256, ...condition };
    requireStored(await client.send(new sdk.PutObjectCommand(input)), input, place);
  };
  return {
    place,
    put: (name, bytes) => attempt(() => write(name, bytes)),
    create: (name, bytes) =>
      attempt(async () => {
        try {
          await write(name, bytes, { IfNoneMatch: "*" });
          return true;
        } catch (error) {
          const { name: reason } = error as Error;
          if (reason === "PreconditionFailed") return false;
          // Some servers have no conditional writes; there, one of two simultaneous creations is lost.
          if (reason !== "NotImplemented") throw error;
          await write(name, bytes);
          return true;
        }
      }),
    get: (name) =>
      attempt(async () => {
        try {
          const { Body } = await client.send(new sdk.GetObjectCommand(keyOf(name)));
          return new Uint8Array(await Body!.transformToByteArray());
        } catch (error) {
          if (error instanceof sdk.NoSuchKey) return undefined;
          throw error;
        }
      }),
    async *list(asked) {
      const pages = sdk.paginateListObjectsV2({ client }, { Bucket, Prefix: `${prefix}${asked}` });
      for (;;) {
        const page = await attempt(() => pages.next());
        if (page.done === true) return;
        for (const { Key = "" } of page.value.Contents ?? []) yield Key.slice(prefix.length);
      }
    },
    delete: (name) =>
      attempt(async () => {
        await client.send(new sdk.DeleteObjectCommand(keyOf(name)));
      }),
  };
}

function clientOf(
  sdk: typeof import("@aws-sdk/client-s3"),
  { endpoint, region, hasPathStyle = false }: S3Options,
): S3Client {
  return new sdk.S3Client({
    ...(endpoint !== undefined && { endpoint }),
    ...(region !== undefined && { region }),
    forcePathStyle: hasPathStyle,
    requestHandler: { connectionTimeout: CONNECT_MS_MAX, socketTimeout: SILENCE_MS_MAX },
  });
}

/** A server that ignores the checksum header returns no checksum, but the MD5 hash as ETag. */
function requireStored(
  { ChecksumSHA256: returned, ETag: tag }: PutObjectCommandOutput,
  { Body, ChecksumSHA256: sent }: { readonly Body: Uint8Array; readonly ChecksumSHA256: string },
  place: string,
): void {
  const isStored =
    returned === undefined
      ? tag?.replaceAll('"', "") === digestOf("md5", Body).toString("hex")
      : returned === sent;
  if (isStored) return;
  const reason = "the server did not confirm the blob's checksum";
  throw backupErrors.REPOSITORY_UNAVAILABLE({ place, reason });
}

/** Of the server's errors only the name, because messages identify keys and principals. */
function reasonOf(error: unknown): { readonly reason: string; readonly status?: number } {
  const { name, message, code, $metadata } = error as Error & {
    readonly code?: string;
    readonly $metadata?: { readonly httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode;
  if (status !== undefined) return { reason: name, status };
  return { reason: message || (code ?? name) };
}

function digestOf(algorithm: "md5" | "sha256", bytes: Uint8Array): Buffer {
  return createHash(algorithm).update(bytes).digest();
}
