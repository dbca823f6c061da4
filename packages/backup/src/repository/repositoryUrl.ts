export interface S3Place {
  readonly bucket: string;
  /** Empty, or ends with `/`. */
  readonly prefix: string;
}

export const REPOSITORY_FORMS = "a directory or s3://BUCKET/PREFIX";
const S3_URL =
  /^s3:\/\/(?<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(?<path>[\w-][\w.-]*(?:\/[\w-][\w.-]*)*))?\/?$/;

/** Undefined: a directory. */
export function s3PlaceOf(repository: string): S3Place | undefined {
  const { bucket, path } = S3_URL.exec(repository)?.groups ?? {};
  if (bucket === undefined) return undefined;
  return { bucket, prefix: path === undefined ? "" : `${path}/` };
}

/** A mistyped URL is not a directory. */
export function isRepository(text: string): boolean {
  return s3PlaceOf(text) !== undefined || /^(?!\s|[a-z0-9]+:\/\/|s3:)[^\0]+$/i.test(text);
}
