import { posix } from "node:path";
import type { Finding } from "../finding.ts";
import type { Tree } from "../source/Tree.ts";

/** Captures the path without the anchor. The colon excludes URLs. */
const LINK = /\]\(([^)#\s:]+)(?:#[^)\s]*)?\)/g;

export function checkLinks({ documents }: Tree, exists: (path: string) => boolean): Finding[] {
  return documents.flatMap(({ path, text }) =>
    [...text.matchAll(LINK)].flatMap(({ 1: link, index }) => {
      const target = posix.join(posix.dirname(path), link!);
      if (exists(target)) return [];
      const line = text.slice(0, index).split("\n").length;
      return [{ file: path, line, rule: "link-broken", message: `there is no ${target}` }];
    }),
  );
}
