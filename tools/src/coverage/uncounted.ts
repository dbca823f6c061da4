/** V8 does not count all runs of these files. */
const UNCOUNTED: readonly (readonly [path: RegExp, because: string])[] = [
  [/^apps\/console\//, "drawn in a browser by testing/e2e"],
  [/^apps\/verifier\//, "bundled, and run by tests of tools and testing/e2e"],
  [/^(?:apps\/trellis|packages\/demo)\//, "run as a process by testing/e2e"],
  [
    /(W|w)orker|Thread|Process|\/gpu\/device\/|\/packed[A-Z]|\/(runTask|RemoteState|serveReads)\.ts$/,
    "run on a thread or in a process of its own",
  ],
];

export function reasonOf(path: string): string | undefined {
  return UNCOUNTED.find(([pattern]) => pattern.test(path))?.[1];
}
