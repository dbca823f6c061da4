import { resolve } from "node:path";
import type { BlobStore } from "./BlobStore.ts";
import { openDirectoryStore } from "./openDirectoryStore.ts";
import { openS3Store, type S3Options } from "./openS3Store.ts";
import { s3PlaceOf } from "./repositoryUrl.ts";

/** @param repository directory or `s3://BUCKET/PREFIX` */
export async function openBlobStore(repository: string, s3: S3Options): Promise<BlobStore> {
  const place = s3PlaceOf(repository);
  return place === undefined ? openDirectoryStore(resolve(repository)) : openS3Store(place, s3);
}
