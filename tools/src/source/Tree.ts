import type { SourceFile } from "./SourceFile.ts";

/** A workspace of the monorepo. */
export interface Package {
  /** `@trellis/chain` */
  readonly name: string;
  /** `packages/chain` */
  readonly directory: string;
  readonly kind: "package" | "app" | "testing" | "bench" | "tools";
  /** What `exports` offers: `.`, `./log`. */
  readonly subpaths: readonly string[];
  readonly dependencies: ReadonlySet<string>;
  readonly devDependencies: ReadonlySet<string>;
}

export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** Everything that the checks look at, read once. */
export interface Tree {
  /** Absolute. */
  readonly root: string;
  readonly packages: readonly Package[];
  /** Declared by the root for all workspaces. */
  readonly rootDependencies: ReadonlySet<string>;
  readonly sources: readonly SourceFile[];
  /** Markdown. */
  readonly documents: readonly TextFile[];
}

/** The workspace that a file belongs to. */
export function packageOf(tree: Tree, path: string): Package | undefined {
  return tree.packages.find(({ directory }) => path.startsWith(`${directory}/`));
}
