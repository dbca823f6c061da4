import { parseAllDocuments } from "yaml";
import type { Manifest } from "./Manifest.ts";

/** @returns the manifests, or the problems of the text */
export function readManifests(text: string): Manifest[] | string {
  const documents = [...parseAllDocuments(text)] as ReturnType<typeof parseAllDocuments>[number][];
  const errors = documents.flatMap((document) => ("errors" in document ? document.errors : []));
  if (errors.length > 0) return errors.map(({ message }) => message).join("; ");
  return documents
    .map((document) => ("toJS" in document ? document.toJS() : null))
    .filter(Boolean) as Manifest[];
}
